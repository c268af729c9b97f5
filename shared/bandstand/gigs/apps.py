from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from bandstand.content.declaring import EDITED_BY_EDITORS, Declarations, Place


class GigsConfig(Declarations, AppConfig):
    name = "bandstand.gigs"
    verbose_name = _("Gigs")
    actions = EDITED_BY_EDITORS
    is_exported = True
    importer = "bandstand.gigs.importing.GigImporter"
    portal_places = (Place(20, _("Gigs"), "gigs"),)
    backstage_places = (Place(20, _("Gigs"), "backstage:gigs"),)
