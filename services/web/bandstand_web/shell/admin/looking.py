"""A read-only ModelAdmin."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from bandstand_web.shell.admin.guarding import GuardedAdmin


class LookingAdmin(GuardedAdmin):
    """Lists and shows rows; nothing can be added, changed or deleted."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
