"""Mail that the portal sent, without what stood in it: reset links and codes are for their readers alone."""

from __future__ import annotations

from bandstand_web.admin.looking import LookingAdmin


class OutgoingMessageAdmin(LookingAdmin):
    """What went to whom, and whether it arrived."""

    list_display = ["subject", "recipients", "state", "attempts", "created_at", "sent_at"]
    list_filter = ["state"]
    search_fields = ["subject", "recipients"]
    date_hierarchy = "created_at"
    fields = ["subject", "recipients", "cc", "state", "problem", "attempts", "created_at", "sent_at"]
