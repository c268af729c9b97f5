from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TenancyConfig(AppConfig):
    name = "bandstand.tenancy"
    verbose_name = _("Tenancy")

    def ready(self) -> None:
        # Connects its receivers.
        from bandstand.tenancy import invalidation  # noqa: F401, PLC0415
