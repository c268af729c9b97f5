from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from bandstand.content.declaring import EVERY_MODEL, MANAGER, OF_NO_BAND, OWNER, VIEW, Declarations


class AccountsConfig(Declarations, AppConfig):
    name = "bandstand.accounts"
    verbose_name = _("Accounts")
    off_pages = EVERY_MODEL
    actions = {OWNER: ("view", "change"), MANAGER: VIEW}
    band_paths = {"user": OF_NO_BAND}

    def ready(self) -> None:
        # Imports models, which can't be imported before the apps are loaded.
        from bandstand.accounts import auditing, renewing  # noqa: F401, PLC0415
        from bandstand.database import cascades, contenttypes  # noqa: PLC0415

        cascades.install()
        contenttypes.install()
