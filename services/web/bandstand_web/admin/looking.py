"""An admin of rows that are looked at and never edited by hand."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from bandstand_web.admin.guarding import GuardedAdmin


class LookingAdmin(GuardedAdmin):
    """Lists and shows; adds, changes and deletes nothing."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes."""
        return False
