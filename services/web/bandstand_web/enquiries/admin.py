"""Enquiries: visitors' messages and their state."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from bandstand.enquiries.models import Enquiry
from bandstand_web.shell.admin.guarding import GuardedAdmin
from bandstand_web.shell.admin.tenant_site import site as tenant_site


@admin.register(Enquiry, site=tenant_site)
class EnquiryAdmin(GuardedAdmin):
    """Visitors' messages; the team can only change their state."""

    list_display = ["subject", "to", "sender_email", "state", "created_at"]
    list_filter = ["state", ("band", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["band"]
    search_fields = ["subject", "message", "sender_email", "sender_name", "band__name"]
    date_hierarchy = "created_at"
    fields = ["state", "to", "subject", "message", "sender_name", "sender_email", "cc_myself", "created_at"]
    readonly_fields = ["to", "subject", "message", "sender_name", "sender_email", "cc_myself", "created_at"]
    actions = ["mark_answered", "mark_spam"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only visitors create enquiries."""
        return False

    @admin.display(description=_("band"), ordering="band__name")
    def to(self, enquiry: Enquiry) -> str:
        return enquiry.addressee

    @admin.action(description=_("Mark as answered"), permissions=["change"])
    def mark_answered(self, request: HttpRequest, enquiries: QuerySet[Enquiry]) -> None:
        enquiries.update(state=Enquiry.State.ANSWERED)

    @admin.action(description=_("Mark as spam"), permissions=["change"])
    def mark_spam(self, request: HttpRequest, enquiries: QuerySet[Enquiry]) -> None:
        enquiries.update(state=Enquiry.State.SPAM)
