from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from bandstand.content.declaring import ALL, BAND_EDITOR, BAND_LEADER, EDITOR, EVERY_MODEL, MANAGER, OWNER, Declarations


class CalendarsConfig(Declarations, AppConfig):
    name = "bandstand.calendars"
    verbose_name = _("Calendars")
    off_pages = EVERY_MODEL
    actions = {OWNER: ALL, MANAGER: ALL, EDITOR: ALL}
    # A calendar without a band of its own is one of the portal: it may bring gigs of any band.
    band_paths = {"calendarsource": "band"}
    band_actions = {BAND_LEADER: ALL, BAND_EDITOR: ALL}
