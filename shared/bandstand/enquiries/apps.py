from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from bandstand.content.declaring import ALL, EDITOR, MANAGER, MEMBER, OWNER, VIEW, Declarations, Place


class EnquiriesConfig(Declarations, AppConfig):
    name = "bandstand.enquiries"
    verbose_name = _("Enquiries")
    actions = {OWNER: ALL, MANAGER: ALL, EDITOR: ("view", "change"), MEMBER: VIEW}
    is_exported = True
    backstage_places = (Place(30, _("Messages"), "backstage:enquiries", "enquiries.view_enquiry"),)
