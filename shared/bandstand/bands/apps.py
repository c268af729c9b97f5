from django.apps import AppConfig
from django.db.models.signals import post_delete, pre_delete
from django.utils.translation import gettext_lazy as _

from bandstand.content.declaring import EDITED_BY_EDITORS, Declarations, Place


class BandsConfig(Declarations, AppConfig):
    name = "bandstand.bands"
    verbose_name = _("Bands")
    actions = EDITED_BY_EDITORS
    is_exported = True
    importer = "bandstand.bands.importing.BandImporter"
    portal_places = (Place(10, _("Bands"), "bands"), Place(90, _("Search"), "search"))
    backstage_places = (Place(10, _("Bands"), "backstage:bands"),)

    def ready(self) -> None:
        # It imports models, which can't be imported before the apps are loaded.
        from bandstand.bands.removing import remember_pictures, remove_pictures  # noqa: PLC0415

        pre_delete.connect(remember_pictures, sender="bands.Band", dispatch_uid="bands.remember_pictures")
        post_delete.connect(remove_pictures, sender="bands.Band", dispatch_uid="bands.remove_pictures")
