from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from bandstand.content.declaring import ALL, EVERY_MODEL, MANAGER, OF_NO_BAND, OWNER, VIEW, Declarations


class TeamsConfig(Declarations, AppConfig):
    name = "bandstand.teams"
    verbose_name = _("Teams")
    off_pages = EVERY_MODEL
    actions = {OWNER: ALL, MANAGER: VIEW}
    band_paths = {"invitation": OF_NO_BAND}

    def ready(self) -> None:
        # Says how large the team is; connects receivers.
        from bandstand.teams import bounces, following, membership, transferring  # noqa: F401, PLC0415
