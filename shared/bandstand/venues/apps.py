from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from bandstand.content.declaring import EDITED_BY_EDITORS, OF_NO_BAND, Declarations, Place


class VenuesConfig(Declarations, AppConfig):
    name = "bandstand.venues"
    verbose_name = _("Venues")
    actions = EDITED_BY_EDITORS
    band_paths = {"venue": OF_NO_BAND}
    is_exported = True
    importer = "bandstand.venues.importing.VenueImporter"
    backstage_places = (Place(25, _("Venues"), "backstage:venues", "venues.view_venue"),)
