from django.apps import AppConfig
from django.db.models.signals import pre_delete
from django.utils.translation import gettext_lazy as _

from bandstand.content.declaring import (
    ALL,
    BAND_EDITOR,
    BAND_LEADER,
    BAND_MEMBER,
    EDITOR,
    EVERY_MODEL,
    MANAGER,
    MEMBER,
    OF_NO_BAND,
    OWNER,
    VIEW,
    Declarations,
    Place,
)


class EnquiriesConfig(Declarations, AppConfig):
    name = "bandstand.enquiries"
    verbose_name = _("Enquiries")
    off_pages = EVERY_MODEL
    actions = {OWNER: ALL, MANAGER: ALL, EDITOR: ("view", "change"), MEMBER: VIEW}
    band_paths = {"enquiry": "band", "reply": "enquiry__band", "blockedsender": OF_NO_BAND}
    band_actions = {BAND_LEADER: ("view", "change"), BAND_EDITOR: VIEW, BAND_MEMBER: VIEW}
    is_exported = True
    backstage_places = (Place(30, _("Messages"), "backstage:enquiries", "enquiries.view_enquiry"),)

    def ready(self) -> None:
        # They import models, which can't be imported before the apps are loaded.
        from bandstand.enquiries import undelivered  # noqa: F401, PLC0415 # connects a receiver
        from bandstand.enquiries.keeping import keep_name  # noqa: PLC0415

        pre_delete.connect(keep_name, sender="bands.Band", dispatch_uid="enquiries.keep_name")
