"""Reports of pages: who sent them, and what the staff decided."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from bandstand.reports.deciding import report_decide, report_take, validate_decision
from bandstand.reports.models import PageReport
from bandstand_web.shell.admin.confirmed import ConfirmedAdmin
from bandstand_web.shell.admin.platform_site import site as platform_site


class DecisionForm(forms.ModelForm[PageReport]):
    """What the staff decide, and why."""

    class Meta:
        model = PageReport
        fields = ["state", "ground", "reasons"]

    def clean(self) -> dict[str, Any]:
        """Raise ValidationError for a decision without reasons, and for a step back."""
        cleaned = super().clean() or {}
        state, before = cleaned.get("state"), self.initial.get("state")
        if state in PageReport.OPEN and before not in {PageReport.State.RECEIVED, state}:
            self.add_error("state", ValidationError(_("Someone has looked at this report already. Choose a decision.")))
        elif state and state not in PageReport.OPEN:
            said = {name: cleaned.get(name, "") for name in ("ground", "reasons")}
            validate_decision(self.instance.organization, state, **said)
        return cleaned


@admin.register(PageReport, site=platform_site)
class ReportAdmin(ConfirmedAdmin):
    """Reports come from the form alone. Saving a decision tells whoever reported the page, and the owners."""

    form = DecisionForm
    list_display = ["number", "created_at", "organization", "address", "kind", "state", "decided_at"]
    list_filter = ["state", "kind"]
    list_select_related = ["organization"]
    search_fields = ["address", "email", "organization__name", "organization__slug"]
    date_hierarchy = "created_at"
    readonly_fields = [
        *("organization", "page", "kind", "explanation", "name", "email", "language", "created_at"),
        *("decided_by", "decided_at", "forgotten_at"),
    ]
    fieldsets = [
        (
            None,
            {"fields": ["organization", "page", "kind", "explanation", "name", "email", "language", "created_at"]},
        ),
        (
            _("Decision"),
            {
                "fields": ["state", "ground", "reasons", "decided_by", "decided_at", "forgotten_at"],
                "description": _(
                    "Saving a decision sends it, with the reasons, to whoever reported the page and, unless you take no"
                    " action, to the owners. “Portal suspended” suspends the portal."
                ),
            },
        ),
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: PageReport, form: Any, change: bool) -> None:
        """Take or decide; nothing is sent where nothing changed."""
        if obj.state not in PageReport.OPEN and form.changed_data:
            report_decide(report=obj, **form.cleaned_data)
        elif obj.state == PageReport.State.IN_REVIEW:
            report_take(report=obj)

    @admin.display(description=_("no."))
    def number(self, report: PageReport) -> int:
        return int(report.pk)

    @admin.display(description=_("page"))
    def page(self, report: PageReport) -> SafeString:
        """Return a link that doesn't tell the page where the visitor comes from."""
        return format_html('<a href="{0}" rel="noreferrer noopener">{0}</a>', report.address)
