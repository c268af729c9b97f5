from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from bandstand.content.declaring import EVERY_MODEL, OF_NO_BAND, OWNER, Declarations


class MailConfig(Declarations, AppConfig):
    name = "bandstand.mail"
    verbose_name = _("Email")
    off_pages = EVERY_MODEL
    actions = {OWNER: ("view", "delete")}
    band_paths = {"outgoingmessage": OF_NO_BAND, "suppressedaddress": OF_NO_BAND, "unsubscribelink": OF_NO_BAND}

    def ready(self) -> None:
        # Registers the meter of emails per day.
        from bandstand.mail import counting  # noqa: F401, PLC0415
