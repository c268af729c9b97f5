from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PortalsConfig(AppConfig):
    name = "bandstand.portals"
    verbose_name = _("Portals")

    def ready(self) -> None:
        from bandstand.portals import presenting  # noqa: F401, PLC0415 - the models are loaded by now
