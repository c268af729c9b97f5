"""Export from an admin list, and the link to the import that admin and backstage share."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from import_export.admin import ExportMixin
from import_export.forms import ExportForm

from bandstand.audit.models import Act
from bandstand.audit.recording import record
from bandstand.organizations.current import current_organization
from bandstand.portals.presenting import further_languages
from bandstand.spreadsheets.formats import CSV, XLSX
from bandstand_web import rate_limits
from bandstand_web.accounts.confirming import confirmed_to_write
from bandstand_web.shell.access import hidden_fields
from bandstand_web.shell.admin.guarding import GuardedAdmin

_FORMATS: list[type] = [CSV, XLSX]


class SpreadsheetAdmin(ExportMixin, GuardedAdmin):
    """A ModelAdmin that exports CSV and XLSX and imports through the backstage, with its preview."""

    import_export_change_list_template = "admin/spreadsheets/change_list.html"
    import_subject: str  # of SpreadsheetImport
    export_form_class = ExportForm
    to_encoding = "utf-8-sig"  # without a BOM, spreadsheet programs assume a legacy local encoding

    def get_export_formats(self) -> list[type]:
        return _FORMATS

    def get_export_resource_kwargs(self, request: HttpRequest, **kwargs: Any) -> dict[str, Any]:
        """Leave out what the user may not see, and add the portal's languages."""
        user: Any = request.user  # of the team: the site asks
        given = {"hidden": hidden_fields(user, self.model), "languages": further_languages(current_organization())}
        return {**super().get_export_resource_kwargs(request, **kwargs), **given}

    def has_export_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_view_permission(request))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the list, with a link to the import for users who may use it."""
        may_import = request.user.has_perm("imports.add_spreadsheetimport")
        context = {"import_subject": self.import_subject if may_import else "", **(extra_context or {})}
        answer: HttpResponse = super().changelist_view(request, context)
        return answer

    @method_decorator(confirmed_to_write)
    def export_action(self, request: HttpRequest) -> HttpResponse:
        """Show the export form or send the file, after the password; an unknown filter redirects to the list."""
        if request.method == "POST" and not rate_limits.allows(request, "export"):
            return rate_limits.too_many_requests(request)
        try:
            answer = super().export_action(request)
        except IncorrectLookupParameters:
            messages.warning(request, _("We don't know this filter, so nothing was exported."))
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        if answer.has_header("Content-Disposition"):
            record(Act.EXPORTED, target=str(self.opts.verbose_name_plural))
        return answer  # type: ignore[no-any-return]
