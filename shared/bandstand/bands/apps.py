from django.apps import AppConfig
from django.db.models.signals import post_delete, post_save, pre_delete, pre_save
from django.utils.translation import gettext_lazy as _

from bandstand.content.declaring import (
    BAND_EDITOR,
    BAND_ITSELF,
    BAND_LEADER,
    BAND_MEMBER,
    EDITED_BY_EDITORS,
    OF_NO_BAND,
    VIEW,
    Declarations,
    Place,
)


class BandsConfig(Declarations, AppConfig):
    name = "bandstand.bands"
    verbose_name = _("Bands")
    off_pages = ("bandrole",)
    actions = EDITED_BY_EDITORS
    band_paths = {"band": BAND_ITSELF, "genre": OF_NO_BAND, "instrument": OF_NO_BAND}
    band_actions = {BAND_LEADER: ("view", "change"), BAND_EDITOR: ("view", "change"), BAND_MEMBER: VIEW}
    is_exported = True
    importer = "bandstand.bands.importing.BandImporter"
    portal_places = (Place(10, _("Bands"), "bands"),)
    in_menus = ("band",)
    backstage_places = (Place(10, _("Bands"), "backstage:bands", "bands.view_band"),)

    def ready(self) -> None:
        # It imports models, which can't be imported before the apps are loaded.
        from bandstand.bands import giving_roles  # noqa: F401, PLC0415 - connects receivers
        from bandstand.bands.finding import entries_renew, remember_minors  # noqa: PLC0415
        from bandstand.bands.removing import remember_pictures, remove_pictures  # noqa: PLC0415

        pre_delete.connect(remember_pictures, sender="bands.Band", dispatch_uid="bands.remember_pictures")
        pre_save.connect(remember_minors, sender="portals.PortalSettings", dispatch_uid="bands.remember_minors")
        post_save.connect(entries_renew, sender="portals.PortalSettings", dispatch_uid="bands.entries_renew")
        post_delete.connect(remove_pictures, sender="bands.Band", dispatch_uid="bands.remove_pictures")
