from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from bandstand.content.declaring import EDITED_BY_EDITORS, Declarations, Place


class BandsConfig(Declarations, AppConfig):
    name = "bandstand.bands"
    verbose_name = _("Bands")
    actions = EDITED_BY_EDITORS
    is_exported = True
    portal_places = (Place(10, _("Bands"), "bands"), Place(90, _("Search"), "search"))
    backstage_places = (Place(10, _("Bands"), "backstage:bands"),)
