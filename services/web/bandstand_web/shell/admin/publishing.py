"""Publishing in the admin: by hand, at a moment, many rows at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from bandstand.content.publishable import Publishable, PublishableQuerySet, validate_to_come


class PublishingForm(forms.ModelForm[Any]):
    """A form with `is_published` and `publish_at`."""

    def clean(self) -> dict[str, Any]:
        """Refuse a moment that has passed; one that is published already needs none."""
        values = super().clean() or self.cleaned_data
        moment: datetime | None = values.get("publish_at")
        if moment and not values.get("is_published"):
            try:
                validate_to_come(moment)
            except ValidationError as problem:
                self.add_error("publish_at", problem)
        return values


class PublicationFilter(admin.SimpleListFilter):
    """Published, scheduled or draft."""

    title = gettext_lazy("published")
    parameter_name = "show"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("published", _("Published")), ("scheduled", _("Scheduled")), ("drafts", _("Drafts"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[Any]:
        rows: PublishableQuerySet[Any] = queryset
        shown = {"published": rows.published, "scheduled": rows.scheduled, "drafts": rows.drafts}.get(str(self.value()))
        return shown() if shown else rows


class PublishingMixin(admin.ModelAdmin):
    """Adds actions to the ModelAdmin of a Publishable model, whose form is a PublishingForm."""

    actions = ["publish", "withdraw"]

    @admin.display(description=gettext_lazy("visitors see it"))
    def publication(self, row: Publishable) -> str:
        """Return whether visitors see the row, or when they will."""
        if row.is_scheduled and row.publish_at:
            when = date_format(timezone.localtime(row.publish_at), "SHORT_DATETIME_FORMAT")
            return _("appears on %(when)s") % {"when": when}
        return _("published") if row.is_visible else _("draft")

    @admin.action(description=gettext_lazy("Publish"), permissions=["change"])
    def publish(self, request: HttpRequest, rows: PublishableQuerySet[Any]) -> None:
        """Show the selected rows to visitors."""
        changed = []
        for row in [*rows.scheduled(), *rows.drafts()]:
            try:
                row.publish()
            except ValidationError as problem:
                messages.error(request, f"{row}: {' '.join(problem.messages)}")
            else:
                changed.append(row)
        self._save(request, changed, _("Published."))

    @admin.action(description=gettext_lazy("Unpublish"), permissions=["change"])
    def withdraw(self, request: HttpRequest, rows: PublishableQuerySet[Any]) -> None:
        """Hide the selected rows from visitors, also those that would appear later."""
        changed = [*rows.published(), *rows.scheduled()]
        for row in changed:
            row.unpublish()
        self._save(request, changed, _("Unpublished."))

    def _save(self, request: HttpRequest, rows: list[Any], note: str) -> None:
        for row in rows:
            row.save_publication()
            self.log_change(request, row, note)
        text = ngettext("%(count)d entry changed.", "%(count)d entries changed.", len(rows)) % {"count": len(rows)}
        messages.success(request, text)
