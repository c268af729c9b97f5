from django.apps import AppConfig
from django.db.models.signals import post_delete, post_save, pre_delete, pre_save
from django.utils.translation import gettext_lazy as _

from bandstand.content.declaring import EDITOR, MANAGER, OF_NO_BAND, OWNER, VIEW, Declarations, Place


class PortalsConfig(Declarations, AppConfig):
    name = "bandstand.portals"
    verbose_name = _("Portals")
    actions = {OWNER: ("view", "change", "manage"), MANAGER: ("view", "change"), EDITOR: VIEW}
    band_paths = {"portalsettings": OF_NO_BAND}
    is_exported = True
    other_places = (Place(0, _("Home"), "home"),)

    def ready(self) -> None:
        from bandstand.content.appearing import appearing_models  # noqa: PLC0415 - the models are loaded by now
        from bandstand.content.publishable import appeared  # noqa: PLC0415
        from bandstand.content.trashed import trashing  # noqa: PLC0415
        from bandstand.portals import icons, presenting, share_pictures  # noqa: F401, PLC0415
        from bandstand.portals.index_now import row_changed, row_changing, rows_appeared, rows_leaving  # noqa: PLC0415

        for model in appearing_models():
            pre_save.connect(row_changing, sender=model)
            pre_delete.connect(row_changing, sender=model)
            post_save.connect(row_changed, sender=model)
        trashing.connect(rows_leaving)
        appeared.connect(rows_appeared)
        for shared in share_pictures.kinds_shared():
            post_save.connect(share_pictures.row_saved, sender=shared)
            post_delete.connect(share_pictures.row_deleted, sender=shared)
        appeared.connect(share_pictures.rows_appeared)
