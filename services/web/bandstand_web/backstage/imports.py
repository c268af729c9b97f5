"""Spreadsheets handed in by the team: choose a file or a link, watch it being read, mend refused rows."""

from __future__ import annotations

from typing import Any

import tablib
from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from bandstand.accounts.models import User
from bandstand.imports.importing import (
    RESOURCES,
    import_begin,
    import_begin_linked,
    refused_rows,
    validate_link,
    validate_spreadsheet,
)
from bandstand.imports.models import SpreadsheetImport
from bandstand.jobs.models import Job
from bandstand.spreadsheets.formats import CSV, MAX_BYTES, MAX_ROWS
from bandstand_web import rate_limits
from bandstand_web.backstage.access import needs
from bandstand_web.forms.submitting import makes_once
from bandstand_web.query_values import choice
from bandstand_web.requests import TeamRequest

REFUSALS_SHOWN = 100


class ImportForm(forms.Form):
    """What the file holds, and the file or where it is."""

    subject = forms.ChoiceField(
        label=_("What it holds"), choices=SpreadsheetImport.Subject, widget=forms.RadioSelect, initial="bands"
    )
    file = forms.FileField(
        label=_("Spreadsheet from this device"),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}),
        required=False,
    )
    link = forms.CharField(
        label=_("Or a link to it"),
        widget=forms.URLInput(attrs={"placeholder": "https://", "autocomplete": "off", "spellcheck": "false"}),
        validators=[validate_link],
        required=False,
        help_text=_(
            "An address that downloads the file, open to everybody who has the link. It is read once, now; in Google"
            " Sheets you find it under File, Share, Publish to web, as comma-separated values."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].one_of = self.fields["link"].one_of = True  # type: ignore[attr-defined] # see field.html
        self.fields["file"].help_text = _(
            "CSV or XLSX, up to %(size)s and %(rows)s rows. The first row names the columns."
        ) % {"size": filesizeformat(MAX_BYTES), "rows": MAX_ROWS}

    def clean_file(self) -> UploadedFile[Any] | None:
        """Return the file, if there is one. Raises ValidationError where it is too large."""
        file: UploadedFile[Any] | None = self.cleaned_data["file"]
        if file is not None:
            validate_spreadsheet(file)
        return file

    def clean(self) -> dict[str, Any]:
        """Return everything. Raises ValidationError unless there is one of file and link."""
        cleaned = super().clean() or {}
        if not {"file", "link"} & self.errors.keys():
            if not cleaned["file"] and not cleaned["link"]:
                self.add_error("file", _("Please choose a file, or say where it is on the web."))
            elif cleaned["file"] and cleaned["link"]:
                self.add_error("link", _("Please either choose a file or give a link, not both."))
        return cleaned

    def begin(self, person: User) -> SpreadsheetImport:
        """Return the import that was begun."""
        subject, link = self.cleaned_data["subject"], self.cleaned_data["link"]
        if link:
            return import_begin_linked(subject=subject, link=link, uploaded_by=person)
        return import_begin(subject=subject, file=self.cleaned_data["file"], uploaded_by=person)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("imports.add_spreadsheetimport")
@makes_once
def add(request: TeamRequest) -> HttpResponse:
    """Take a spreadsheet; `?of=` bands or gigs is chosen at first."""
    form = ImportForm(
        request.POST or None,
        request.FILES or None,
        initial={"subject": choice(request, "of", RESOURCES, default="bands")},
    )
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data["link"] and not rate_limits.allows(request, "import_link"):
            return rate_limits.too_many_requests(request)
        return redirect("backstage:import", pk=form.begin(request.user).pk)
    context = {
        "form": form,
        "columns": [(label, value, _columns(value)) for value, label in SpreadsheetImport.Subject.choices],
    }
    return render(request, "backstage/import_add.html", context, status=422 if form.errors else 200)


@require_safe
@needs("imports.view_spreadsheetimport")
def detail(request: TeamRequest, pk: int) -> HttpResponse:
    """Show how far an import is, then what came of it; htmx gets that part alone, and asks again until the end."""
    shown = get_object_or_404(SpreadsheetImport.objects.select_related("uploaded_by"), pk=pk)
    job = Job.objects.filter(organization=request.organization, pk=shown.job_id or 0).first()
    context = {
        "import": shown,
        "job": job,
        "in_progress": shown.finished_at is None and job is not None and not job.is_finished,
        "refusals": shown.refusals[:REFUSALS_SHOWN],
        "more_refusals": max(0, shown.refused - REFUSALS_SHOWN),
    }
    template = "backstage/import_state.html" if request.headers.get("HX-Request") else "backstage/import.html"
    return render(request, template, context)


@require_safe
@needs("imports.view_spreadsheetimport")
def refused(request: TeamRequest, pk: int) -> HttpResponse:
    """Send the rows that were refused, with the reason in a last column, as CSV."""
    shown = get_object_or_404(SpreadsheetImport.objects.exclude(refusals=[]), pk=pk)
    return _download(refused_rows(shown), f"{shown.subject}-refused-{shown.pk}.csv")


@require_safe
@needs("imports.add_spreadsheetimport")
def blank(request: TeamRequest, subject: str) -> HttpResponse:
    """Send an empty spreadsheet with all columns, as CSV."""
    if subject not in RESOURCES:
        raise Http404
    return _download(tablib.Dataset(headers=_columns(subject)), f"{subject}.csv")


def _columns(subject: str) -> list[str]:
    return [field.column_name for field in RESOURCES[subject]().get_import_fields()]


def _download(dataset: tablib.Dataset, name: str) -> HttpResponse:
    response = HttpResponse("\ufeff" + CSV().export_data(dataset), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
