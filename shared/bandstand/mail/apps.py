from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from bandstand.content.declaring import OWNER, Declarations


class MailConfig(Declarations, AppConfig):
    name = "bandstand.mail"
    verbose_name = _("Email")
    actions = {OWNER: ("view", "delete")}

    def ready(self) -> None:
        # Registers the meter of emails per day.
        from bandstand.mail import counting  # noqa: F401, PLC0415
