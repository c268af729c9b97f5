"""Spreadsheet imports: upload a file or link, preview the changes, confirm, fix rejected rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.defaultfilters import filesizeformat
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bandstand.accounts.models import User
from bandstand.imports.importing import (
    columns_for,
    import_begin,
    import_begin_linked,
    import_choose_columns,
    import_confirm,
    import_discard,
    may_see_import,
    subjects,
    validate_link,
    validate_spreadsheet,
)
from bandstand.imports.models import PhotoLink, SpreadsheetImport
from bandstand.imports.reading import refused_rows
from bandstand.spreadsheets.bounds import MAX_BYTES, MAX_ROWS
from bandstand.spreadsheets.cells import to_cell
from bandstand.spreadsheets.columns import IGNORED
from bandstand.spreadsheets.importing import NEW
from bandstand_web import rate_limits
from bandstand_web.forms.submitting import makes_once
from bandstand_web.query_values import choice
from bandstand_web.requests import TeamRequest
from bandstand_web.shell.access import needs

REFUSALS_SHOWN = 100


class ImportForm(forms.Form):
    """What the spreadsheet contains, and the file or a link to it."""

    subject = forms.ChoiceField(
        label=_("Content"),
        choices=lambda: [(each.label, each.verbose_name) for each in subjects()],
        widget=forms.RadioSelect,
        initial="bands",
    )
    file = forms.FileField(
        label=_("Spreadsheet from this device"),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}),
        required=False,
    )
    link = forms.CharField(
        label=_("Or a link to one"),
        widget=forms.URLInput(attrs={"placeholder": "https://", "autocomplete": "off", "spellcheck": "false"}),
        validators=[validate_link],
        required=False,
        help_text=_(
            "A link that downloads the file and is open to anyone who has it. We read it once, now. In "
            "Google Sheets, go to File, Share, Publish to web, and choose comma-separated values."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].one_of = self.fields["link"].one_of = True  # type: ignore[attr-defined] # see field.html
        self.fields["file"].help_text = _(
            "CSV or XLSX, up to %(size)s and %(rows)s rows. The first row names the columns."
        ) % {"size": filesizeformat(MAX_BYTES), "rows": number_format(MAX_ROWS, use_l10n=True, force_grouping=True)}

    def clean_file(self) -> UploadedFile[Any] | None:
        """Return the file, if any. Raises ValidationError if it is too large or clearly not a spreadsheet."""
        file: UploadedFile[Any] | None = self.cleaned_data["file"]
        if file is not None:
            validate_spreadsheet(file)
        return file

    def clean(self) -> dict[str, Any]:
        """Require either a file or a link, but not both."""
        cleaned = super().clean() or {}
        if not {"file", "link"} & self.errors.keys():
            if not cleaned["file"] and not cleaned["link"]:
                self.add_error("file", _("Choose a file, or enter a link to one."))
            elif cleaned["file"] and cleaned["link"]:
                self.add_error("link", _("Choose a file or enter a link, not both."))
        return cleaned

    def begin(self, person: User) -> SpreadsheetImport:
        """Start the import and return it."""
        subject, link = self.cleaned_data["subject"], self.cleaned_data["link"]
        if link:
            return import_begin_linked(subject=subject, link=link, uploaded_by=person)
        return import_begin(subject=subject, file=self.cleaned_data["file"], uploaded_by=person)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("imports.add_spreadsheetimport")
@makes_once
def add(request: TeamRequest) -> HttpResponse:
    """Take a spreadsheet; `?of=` preselects bands or gigs."""
    form = ImportForm(
        request.POST or None,
        request.FILES or None,
        initial={"subject": choice(request, "of", [each.label for each in subjects()], default="bands")},
    )
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data["link"] and not rate_limits.allows(request, "import_link"):
            return rate_limits.too_many_requests(request)
        return redirect("backstage:import", pk=form.begin(request.user).pk)
    context = {
        "form": form,
        "subjects": [(each.verbose_name, each.label, columns_for(each.label, request.user)) for each in subjects()],
    }
    return render(
        request,
        "imports/backstage/add.html",
        context,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK,
    )


@require_safe
@needs("imports.view_spreadsheetimport")
def detail(request: TeamRequest, pk: int) -> HttpResponse:
    """Show an import's progress, then its preview or result; htmx polls that part until the import has finished."""
    shown = _with_job(request, pk)
    job = shown.job
    context = {
        "import": shown,
        "job": job,
        "in_progress": not shown.finished_at and not shown.is_waiting_for_a_person and job and not job.is_finished,
        "preview": shown.preview or {},
        "columns": _column_choices(shown, request.user),
        "rows_to_write": shown.added + shown.changed,
        "refusals": shown.refusals[:REFUSALS_SHOWN],
        "more_refusals": max(0, shown.refused - REFUSALS_SHOWN),
        "photo_problems": PhotoLink.objects.filter(of_import=shown).exclude(problem="")[:REFUSALS_SHOWN],
    }
    template = "imports/backstage/state.html" if request.headers.get("HX-Request") else "imports/backstage/detail.html"
    return render(request, template, context)


@require_POST
@needs("imports.add_spreadsheetimport")
def columns(request: TeamRequest, pk: int) -> HttpResponse:
    """Read the file again with the user's mapping of columns."""
    shown = _visible(request, SpreadsheetImport.objects.all(), pk)
    found = (shown.preview or {}).get("columns", [])
    chosen = {
        column["heading"]: request.POST[f"column-{place}"]
        for place, column in enumerate(found)
        if f"column-{place}" in request.POST
    }
    if not import_choose_columns(number=pk, chosen=chosen, by=request.user):
        messages.warning(request, gettext("This import isn't waiting for you any more."))
    return redirect("backstage:import", pk=pk)


@require_POST
@needs("imports.add_spreadsheetimport")
def confirm(request: TeamRequest, pk: int) -> HttpResponse:
    """Import what the preview showed, using the user's answers to its questions."""
    shown = _visible(request, SpreadsheetImport.objects.all(), pk)
    answers = {}
    for question in (shown.preview or {}).get("questions", []):
        answer = request.POST.get(f"answer-{question['row']}", "")
        if answer == NEW or answer in {str(key) for key, _label in question["choices"]}:
            answers[str(question["row"])] = answer
    if not import_confirm(number=pk, answers=answers, by=request.user):
        messages.warning(request, gettext("This import isn't waiting for you any more."))
    return redirect("backstage:import", pk=pk)


@require_POST
@needs("imports.add_spreadsheetimport")
def discard(request: TeamRequest, pk: int) -> HttpResponse:
    """Discard a file after its preview; nothing is imported."""
    shown = _visible(request, SpreadsheetImport.objects.all(), pk)
    if import_discard(number=shown.pk):
        messages.success(request, gettext("%(file)s was discarded. Nothing was imported.") % {"file": shown.file_name})
        return redirect(f"backstage:{shown.subject}")
    messages.warning(request, gettext("This import isn't waiting for you any more."))
    return redirect("backstage:import", pk=pk)


@require_safe
@needs("imports.view_spreadsheetimport")
def refused(request: TeamRequest, pk: int) -> HttpResponse:
    """Send the rejected rows as CSV, with the reason in the last column."""
    shown = _visible(request, SpreadsheetImport.objects.exclude(refusals=[]), pk)
    return _download(refused_rows(shown), f"{shown.subject}-refused-{shown.pk}.csv")


@require_safe
@needs("imports.add_spreadsheetimport")
def blank(request: TeamRequest, subject: str) -> HttpResponse:
    """Send an empty CSV template with all columns."""
    if subject not in {each.label for each in subjects()}:
        raise Http404
    return _download([[column.name for column in columns_for(subject, request.user)]], f"{subject}.csv")


def _with_job(request: TeamRequest, pk: int) -> SpreadsheetImport:
    imports = SpreadsheetImport.objects.with_job(request.organization).select_related("uploaded_by")
    return _visible(request, imports, pk)


def _visible(request: TeamRequest, imports: Any, pk: int) -> SpreadsheetImport:
    found: SpreadsheetImport = get_object_or_404(imports, pk=pk)
    if not may_see_import(request.user, found):
        raise Http404
    return found


def _column_choices(shown: SpreadsheetImport, user: User) -> list[dict[str, Any]]:
    """Return the file's headings with the columns they can be mapped to, unknown headings first."""
    preview = shown.preview or {}
    known = [(column.name, column.label) for column in columns_for(shown.subject, user)]
    found = [
        {
            "name": f"column-{place}",
            "heading": column["heading"],
            "chosen": column["column"],
            "choices": [(IGNORED, _("Don't import")), *known],
            "is_unknown": column["heading"] in preview["unknown"],
        }
        for place, column in enumerate(preview.get("columns", []))
    ]
    return sorted(found, key=lambda column: not column["is_unknown"])


def _download(rows: Iterable[Iterable[str]], name: str) -> HttpResponse:
    text = io.StringIO()
    csv.writer(text).writerows([to_cell(cell) for cell in row] for row in rows)
    response = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
