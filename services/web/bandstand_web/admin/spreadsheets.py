"""Import and export on an admin's list: upload, preview with what is wrong in which row, confirmation."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.defaultfilters import filesizeformat
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export.admin import ImportExportModelAdmin
from import_export.forms import ConfirmImportForm, ExportForm, ImportForm

from bandstand.audit.models import Act
from bandstand.audit.recording import record
from bandstand.spreadsheets.formats import CSV, MAX_BYTES, XLSX, SpreadsheetError, is_xlsx
from bandstand_web import rate_limits
from bandstand_web.accounts.confirming import confirmed_to_write
from bandstand_web.admin.guarding import GuardedAdmin
from bandstand_web.admin.waiting_imports import NAME, UploadGoneError, WaitingImport

_FORMATS: list[type] = [CSV, XLSX]
_CHOICES = [(str(number), kind.__name__) for number, kind in enumerate(_FORMATS)]


class UploadForm(ImportForm):
    """A file; whether it is CSV or XLSX, it says itself."""

    media = forms.Media()  # nothing to guess, so no script

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["format"].required = False
        self.fields["format"].widget = forms.HiddenInput()
        self.fields["import_file"].widget = forms.FileInput(attrs={"accept": ".csv,.xlsx"})
        self.fields["import_file"].help_text = gettext_lazy("CSV or XLSX, up to %(limit)s.") % {
            "limit": filesizeformat(MAX_BYTES)
        }

    def clean_import_file(self) -> UploadedFile:
        """Return the file. Raises ValidationError where it is too large."""
        file: UploadedFile = self.cleaned_data["import_file"]
        if (file.size or 0) > MAX_BYTES:
            raise forms.ValidationError(
                _("Please choose a file of up to %(limit)s.") % {"limit": filesizeformat(MAX_BYTES)}
            )
        return file

    def clean(self) -> dict[str, Any]:
        """Return the values with the format that the file has."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if file := values.get("import_file"):
            values["format"] = str(_FORMATS.index(XLSX if is_xlsx(file.read(8)) else CSV))
            file.seek(0)
        return values


class ConfirmForm(ConfirmImportForm):
    """What the preview hands on; a browser may send anything."""

    import_file_name = forms.RegexField(NAME, widget=forms.HiddenInput())
    format = forms.ChoiceField(choices=_CHOICES, widget=forms.HiddenInput())
    resource = forms.ChoiceField(choices=[("", ""), ("0", "0")], required=False, widget=forms.HiddenInput())


class SpreadsheetAdmin(GuardedAdmin, ImportExportModelAdmin):
    """A ModelAdmin whose rows come and go as CSV and XLSX."""

    import_form_class = UploadForm
    confirm_form_class = ConfirmForm
    export_form_class = ExportForm
    tmp_storage_class = WaitingImport
    to_encoding = "utf-8-sig"  # spreadsheet programs take other CSV for their own country's

    def get_import_formats(self) -> list[type]:
        """Return what can be read."""
        return _FORMATS

    def get_export_formats(self) -> list[type]:
        """Return what can be written."""
        return _FORMATS

    def has_import_permission(self, request: HttpRequest) -> bool:
        """Whether the user may add and change such rows."""
        return bool(self.has_add_permission(request) and self.has_change_permission(request))

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Whether the user may see such rows."""
        return bool(self.has_view_permission(request))

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Carry out what the preview showed, wholly or not at all."""
        try:
            return super().process_import(request, **kwargs)  # type: ignore[no-any-return]
        except UploadGoneError:
            messages.error(request, _("The file isn't there any more. Please choose it again."))
            return redirect("admin:{}_{}_import".format(*self.get_model_info()))

    def process_dataset(self, dataset: Any, form: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Import the rows; one bad row and none is kept."""
        return super().process_dataset(dataset, form, request, rollback_on_validation_errors=True, **kwargs)

    def process_result(self, result: Any, request: HttpRequest) -> HttpResponse:
        """Say what was done."""
        if result.has_errors() or result.has_validation_errors():
            messages.error(request, _("Something changed since the preview: nothing was imported. Please look again."))
            return redirect("admin:{}_{}_import".format(*self.get_model_info()))
        return super().process_result(result, request)  # type: ignore[no-any-return]

    def add_data_read_fail_error_to_form(self, form: Any, e: Exception) -> None:
        """Tell what is wrong with the file."""
        if not isinstance(e, SpreadsheetError):
            raise e
        form.add_error("import_file", str(e))

    @method_decorator(confirmed_to_write)
    def export_action(self, request: HttpRequest) -> HttpResponse:
        """Show the export's form, or give the file, with the password alone; an unknown filter leads to the list."""
        if request.method == "POST" and not rate_limits.allows(request, "export"):
            return rate_limits.too_many_requests(request)
        try:
            answer = super().export_action(request)
        except IncorrectLookupParameters:
            messages.warning(request, _("This filter is not known, so nothing was exported."))
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        if answer.has_header("Content-Disposition"):
            record(Act.EXPORTED, target=str(self.opts.verbose_name_plural))
        return answer  # type: ignore[no-any-return]
