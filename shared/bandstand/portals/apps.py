from django.apps import AppConfig
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
        from bandstand.portals import icons, presenting  # noqa: F401, PLC0415 - the models are loaded by now
