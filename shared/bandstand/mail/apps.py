from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MailConfig(AppConfig):
    name = "bandstand.mail"
    verbose_name = _("Email")

    def ready(self) -> None:
        # Says how many a day went out.
        from bandstand.mail import counting  # noqa: F401, PLC0415
