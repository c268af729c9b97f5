"""Accounts of the platform: owners of organizations, and staff."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator

from bandstand.accounts.models import User
from bandstand.audit.models import Act
from bandstand.audit.recording import record
from bandstand_web.accounts.confirming import confirmed_to_write
from bandstand_web.admin.guarding import GuardedAdmin


class PlatformUserAdmin(GuardedAdmin):
    """Deactivates accounts; superusers also choose who is staff. Addresses and passwords can't be edited here."""

    list_display = ["email", "name", "is_active", "is_staff", "date_joined", "last_login"]
    list_filter = ["is_active", "is_staff", "is_superuser"]
    search_fields = ["email", "name"]
    fields = ["email", "name", "is_active", "is_staff", "groups", "date_joined", "last_login"]
    filter_horizontal = ["groups"]

    @method_decorator(confirmed_to_write)
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form; changing rights requires the password."""
        return super().changeform_view(request, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Save, and note the change in the security log."""
        super().save_model(request, obj, form, change)
        if form.changed_data:
            state = [name for name in ("is_active", "is_staff", "is_superuser") if getattr(obj, name)]
            record(Act.ACCOUNT_CHANGED, target=obj.email, detail=", ".join(state))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Return the fields that this user may not change: only superusers can make someone staff."""
        fixed = ["email", "name", "date_joined", "last_login"]
        return fixed if request.user.is_superuser else [*fixed, "is_staff", "groups"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only superusers may change superusers."""
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Accounts are created by signing up."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Accounts own organizations, so they are deactivated instead."""
        return False
