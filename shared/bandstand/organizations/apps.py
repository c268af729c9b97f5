from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrganizationsConfig(AppConfig):
    name = "bandstand.organizations"
    verbose_name = _("Organizations")

    def ready(self) -> None:
        # Connects its receivers.
        from bandstand.organizations import owners  # noqa: F401, PLC0415
