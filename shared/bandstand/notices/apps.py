from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from bandstand.content.declaring import EVERY_MODEL, Declarations


class NoticesConfig(Declarations, AppConfig):
    name = "bandstand.notices"
    verbose_name = _("Notices")
    off_pages = EVERY_MODEL
