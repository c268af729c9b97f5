"""Mail that the portal sent, without what stood in it: reset links and codes are for their readers alone. And
addresses that get none."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from bandstand_web.admin.looking import LookingAdmin


class OutgoingMessageAdmin(LookingAdmin):
    """What went to whom, and whether it arrived."""

    list_display = ["subject", "recipients", "state", "attempts", "created_at", "sent_at"]
    list_filter = ["state"]
    search_fields = ["subject", "recipients"]
    date_hierarchy = "created_at"
    fields = ["subject", "recipients", "cc", "state", "problem", "attempts", "created_at", "sent_at"]


class SuppressedAddressAdmin(LookingAdmin):
    """Addresses that mail must not go to, and why; taking one off the list lets mail go there again."""

    list_display = ["email", "reason", "created_at"]
    list_filter = ["reason"]
    search_fields = ["email"]
    fields = ["email", "reason", "created_at"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the role may, as everywhere."""
        return admin.ModelAdmin.has_delete_permission(self, request, obj)
