"""Admin pages of texts that are written as drafts and published once."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from bandstand.audit.acting import current_actor
from bandstand_web.shell.admin.confirmed import ConfirmedAdmin


class DraftsAdmin(ConfirmedAdmin):
    """Rows with `created_by` and `published_at`. Drafts can be changed and deleted, what was published can't."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.created_by = obj.created_by or current_actor().email
        obj.save()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return (obj is None or obj.published_at is None) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return (obj is None or obj.published_at is None) and super().has_delete_permission(request, obj)
