"""Notes of the platform's staff on organizations."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from bandstand.audit.acting import current_actor
from bandstand.organizations.notes import Note
from bandstand_web.shell.admin.guarding import GuardedAdmin
from bandstand_web.shell.admin.platform_site import site as platform_site


@admin.register(Note, site=platform_site)
class NoteAdmin(GuardedAdmin):
    """Notes are written and deleted, not changed."""

    list_display = ["organization", "beginning", "created_by", "created_at"]
    list_select_related = ["organization"]
    search_fields = ["organization__name", "organization__slug", "text"]
    autocomplete_fields = ["organization"]
    fields = ["organization", "text", "created_by", "created_at"]
    readonly_fields = ["created_by", "created_at"]

    def has_change_permission(self, request: HttpRequest, obj: Note | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Note, form: Any, change: bool) -> None:
        obj.created_by = current_actor().email
        obj.save()

    @admin.display(description=_("note"))
    def beginning(self, note: Note) -> str:
        return Truncator(note.text).chars(80)
