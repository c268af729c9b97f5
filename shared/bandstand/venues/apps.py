from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from bandstand.content.declaring import EDITED_BY_EDITORS, Declarations, Place


class VenuesConfig(Declarations, AppConfig):
    name = "bandstand.venues"
    verbose_name = _("Venues")
    actions = EDITED_BY_EDITORS
    is_exported = True
    importer = "bandstand.venues.importing.VenueImporter"
    backstage_places = (Place(25, _("Venues"), "backstage:venues"),)
