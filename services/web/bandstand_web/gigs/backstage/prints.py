"""Posters, day sheets and seasons: asked for here, made by the worker, and given to whoever asked."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django import forms
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from bandstand.content.form_fields import WholeNumberField
from bandstand.content.moments import FIRST_YEAR, LAST_YEAR
from bandstand.database.connection import connection
from bandstand.gigs.job_kinds import PRINT_GIGS, PrintGigs
from bandstand.gigs.models import Gig
from bandstand.gigs.printing import DESIGNS
from bandstand.jobs.enqueueing import enqueue
from bandstand.jobs.models import Job
from bandstand.media.storage import is_print
from bandstand_web import rate_limits
from bandstand_web.forms.submitting import makes_once
from bandstand_web.requests import TeamRequest
from bandstand_web.shell.access import needs

VIEW = "gigs.view_gig"
FILES = {
    "a3": (_("PDF, A3"), "a3", "pdf"),
    "a4": (_("PDF, A4"), "a4", "pdf"),
    "png": (_("Picture for the web (PNG)"), "a3", "png"),
}
_TYPES = {"pdf": "application/pdf", "png": "image/png"}


class PosterForm(forms.Form):
    """Which poster."""

    design = forms.ChoiceField(
        label=_("Design"), choices=list(DESIGNS.items()), widget=forms.RadioSelect, initial="bold"
    )
    format = forms.ChoiceField(
        label=_("File"),
        choices=[(key, name) for key, (name, *_given) in FILES.items()],
        widget=forms.RadioSelect,
        initial="a3",
    )


class SeasonForm(forms.Form):
    """Which gigs."""

    year = WholeNumberField(
        label=_("Year"),
        required=False,
        min_value=FIRST_YEAR,
        max_value=LAST_YEAR,
        help_text=_("Leave blank for all upcoming gigs."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(VIEW, in_bands=True)
@makes_once
def gig_prints(request: TeamRequest, pk: int) -> HttpResponse:
    """Show what can be made of a gig; have a poster made, or the day sheet."""
    gig = get_object_or_404(Gig.objects.visible_to(request.user).for_listing(), pk=pk)
    form = PosterForm(request.POST if "design" in request.POST else None)
    if request.method == "POST":
        if "design" not in request.POST:
            return _asked(request, PrintGigs(what="day_sheet", gig_id=gig.pk, user_id=request.user.pk))
        if form.is_valid():
            _name, size, file = FILES[form.cleaned_data["format"]]
            design = form.cleaned_data["design"]
            wanted = PrintGigs("poster", gig.pk, request.user.pk, design=design, size=size, file=file)
            return _asked(request, wanted)
    context = {"gig": gig, "form": form}
    return render(request, "gigs/backstage/prints.html", context, status=_status(form))


@require_http_methods(["GET", "HEAD", "POST"])
@needs(VIEW, in_bands=True)
@makes_once
def season_print(request: TeamRequest) -> HttpResponse:
    """Have the list of a season's gigs made."""
    form = SeasonForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        year = form.cleaned_data["year"] or 0
        return _asked(request, PrintGigs(what="season", gig_id=0, user_id=request.user.pk, year=year))
    return render(request, "gigs/backstage/season.html", {"form": form}, status=_status(form))


def _status(form: forms.Form) -> HTTPStatus:
    return HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK


def _asked(request: TeamRequest, wanted: PrintGigs) -> HttpResponse:
    if not rate_limits.allows(request, "print"):
        return rate_limits.too_many_requests(request)
    job = enqueue(PRINT_GIGS, wanted, organization=request.organization, created_by=request.user.email)
    return redirect("backstage:gigs_print", job.pk)


@require_safe
@needs(VIEW, in_bands=True)
def finished(request: TeamRequest, pk: int) -> HttpResponse:
    """Show how far it is, then the link to the file; htmx polls until then."""
    job = _own_job(request, pk)
    template = "gigs/backstage/print_state.html" if request.htmx else "gigs/backstage/print.html"
    return render(request, template, {"job": job, "file": _file(job)})


@require_safe
@needs(VIEW, in_bands=True)
def download(request: TeamRequest, pk: int) -> FileResponse:
    """Send the file to whoever asked for it."""
    made = _file(_own_job(request, pk))
    if made is None or not is_print(made["file"], connection.schema_name):
        raise Http404
    try:
        content = default_storage.open(made["file"])
    except FileNotFoundError:
        raise Http404 from None
    media_type = _TYPES[made["file"].rpartition(".")[2]]
    return FileResponse(content, as_attachment=True, filename=made["name"], content_type=media_type)


def _own_job(request: TeamRequest, pk: int) -> Job:
    jobs = Job.objects.filter(organization=request.organization, kind=PRINT_GIGS.name)
    return get_object_or_404(jobs, pk=pk, payload__user_id=request.user.pk)


def _file(job: Job) -> dict[str, Any] | None:
    """Return where the file is and its name; None until it is there, and once it has been deleted."""
    return job.result if job.state == Job.State.DONE and job.result and "file" in job.result else None
