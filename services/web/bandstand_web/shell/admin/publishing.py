"""Publishing and unpublishing many rows at once."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext


class PublishingMixin(admin.ModelAdmin):
    """Adds actions to a ModelAdmin whose model has `is_published`."""

    actions = ["publish", "withdraw"]

    @admin.action(description=gettext_lazy("Publish"), permissions=["change"])
    def publish(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        """Show the selected rows to visitors."""
        self._set(request, rows, is_published=True)

    @admin.action(description=gettext_lazy("Unpublish"), permissions=["change"])
    def withdraw(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        """Hide the selected rows from visitors."""
        self._set(request, rows, is_published=False)

    def _set(self, request: HttpRequest, rows: QuerySet[Any], *, is_published: bool) -> None:
        changed = list(rows.exclude(is_published=is_published))
        for row in changed:
            row.is_published = is_published
            row.save(update_fields=["is_published", "updated_at"])
            note = _("Published.") if is_published else _("Unpublished.")
            self.log_change(request, row, note)
        count = len(changed)
        text = ngettext("%(count)d entry changed.", "%(count)d entries changed.", count) % {"count": count}
        messages.success(request, text)
