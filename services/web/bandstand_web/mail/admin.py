"""Emails that the portal sent, and suppressed addresses.

The text isn't shown: reset links and codes are for their recipients only.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from bandstand.mail.models import OutgoingMessage, SuppressedAddress
from bandstand_web.shell.admin.looking import LookingAdmin
from bandstand_web.shell.admin.tenant_site import site as tenant_site


@admin.register(OutgoingMessage, site=tenant_site)
class OutgoingMessageAdmin(LookingAdmin):
    """Sent emails with their recipients and delivery state."""

    list_display = ["subject", "recipients", "state", "attempts", "created_at", "sent_at"]
    list_filter = ["state"]
    search_fields = ["subject", "recipients"]
    date_hierarchy = "created_at"
    fields = ["subject", "recipients", "cc", "state", "problem", "attempts", "created_at", "sent_at"]


@admin.register(SuppressedAddress, site=tenant_site)
class SuppressedAddressAdmin(LookingAdmin):
    """Addresses that must not receive email, with the reason; deleting a row lifts the suppression."""

    list_display = ["email", "reason", "created_at"]
    list_filter = ["reason"]
    search_fields = ["email"]
    fields = ["email", "reason", "created_at"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Restore Django's default, which LookingAdmin overrides."""
        return admin.ModelAdmin.has_delete_permission(self, request, obj)
