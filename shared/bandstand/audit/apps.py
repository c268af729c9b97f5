from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from bandstand.content.declaring import EVERY_MODEL, OF_NO_BAND, OWNER, VIEW, Declarations


class AuditConfig(Declarations, AppConfig):
    name = "bandstand.audit"
    verbose_name = _("Security log")
    off_pages = EVERY_MODEL
    actions = {OWNER: VIEW}
    band_paths = {"entry": OF_NO_BAND}

    def ready(self) -> None:
        from bandstand.audit import previews  # noqa: F401, PLC0415 - receivers; models can't be imported before
