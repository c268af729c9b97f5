"""Calendars that gigs come from: add a file or an address, choose what to take in, have it read again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bandstand.accounts.models import User
from bandstand.calendars.adding import (
    source_choose,
    source_pause,
    source_read_again,
    source_remove,
    source_replace,
    source_resume,
)
from bandstand.calendars.comparing import GONE
from bandstand.calendars.differing import gigs_differing
from bandstand.calendars.models import CalendarSource
from bandstand.content.of_bands import bands_where, may_with_all, rows_for
from bandstand.gigs.models import Gig
from bandstand.jobs.models import Job
from bandstand.spreadsheets.importing import Action
from bandstand_web import rate_limits
from bandstand_web.calendars.forms import CalendarForm, CalendarOptionsForm, NewerFileForm
from bandstand_web.forms.submitting import changes_once, makes_once
from bandstand_web.query_values import number, page_of
from bandstand_web.requests import TeamRequest
from bandstand_web.shell.access import may_with, needs

PAGE_SIZE = 50


@require_safe
@needs("calendars.view_calendarsource", in_bands=True)
def index(request: TeamRequest) -> HttpResponse:
    """List the calendars."""
    sources = _visible(request.user).select_related("band")
    return render(request, "calendars/backstage/list.html", {"page": page_of(request, sources, PAGE_SIZE)})


@require_http_methods(["GET", "HEAD", "POST"])
@needs("calendars.add_calendarsource", in_bands=True)
@makes_once
def add(request: TeamRequest) -> HttpResponse:
    """Add a calendar; `?band=` preselects whose gigs it has."""
    form = CalendarForm(request.POST or None, request.FILES or None, user=request.user, initial=_initial(request))
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data["address"] and not rate_limits.allows(request, "import_link"):
            return rate_limits.too_many_requests(request)
        return redirect("backstage:calendar", pk=form.begin().pk)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "calendars/backstage/add.html", {"form": form}, status=status)


@require_safe
@needs("calendars.view_calendarsource", in_bands=True)
def detail(request: TeamRequest, pk: int) -> HttpResponse:
    """Show how a calendar is doing, and what there is to choose; htmx polls that part while a job reads it."""
    sources = _visible(request.user).filter(pk=pk)
    # The job first: if it ends in between, its results are shown or the page asks once more.
    jobs = Job.objects.filter(organization=request.organization, pk__in=sources.values_list("job_id", flat=True))
    job = jobs.first()
    source = get_object_or_404(sources.select_related("band").defer(None).defer("link"))
    in_progress = job is not None and not job.is_finished and not source.is_waiting_for_a_person
    context = {
        "source": source,
        "job": job,
        "in_progress": in_progress,
        "preview": source.preview or {},
        "sections": _sections(source),
        "may_change": may_with(request.user, "change", source),
        "may_delete": may_with(request.user, "delete", source),
        "newer": NewerFileForm(),
        "differing": [] if in_progress else gigs_differing(source, request.user),
        "gig_count": Gig.objects.filter(source=source).count(),
    }
    if not request.headers.get("HX-Request"):
        return render(request, "calendars/backstage/detail.html", context)
    response = render(request, "calendars/backstage/state.html", context)
    if not in_progress:
        response["HX-Refresh"] = "true"  # the heading has the calendar's own name by now
    return response


@require_POST
@needs("calendars.change_calendarsource", in_bands=True)
def take(request: TeamRequest, pk: int) -> HttpResponse:
    """Take in the ticked events."""
    source = _changeable(request, pk)
    events = (source.preview or {}).get("events", [])
    previewed_at = parse_datetime(request.POST.get("previewed", "")[:40])
    if previewed_at is None or not source_choose(
        number=source.pk,
        previewed_at=previewed_at,
        taken=_chosen(events, request.POST.getlist("take")),
        theirs=_chosen(events, request.POST.getlist("theirs")),
        by=request.user,
    ):
        messages.warning(request, _("This calendar was read again meanwhile. Please choose anew."))
    return redirect("backstage:calendar", pk=pk)


@require_POST
@needs("calendars.change_calendarsource", in_bands=True)
@changes_once
def read(request: TeamRequest, pk: int) -> HttpResponse:
    """Read the calendar now: its address again, or a newer file."""
    source = _changeable(request, pk)
    if source.has_address:
        if not rate_limits.allows(request, "import_link"):
            return rate_limits.too_many_requests(request)
        return _begun(request, source, partial(source_read_again, number=source.pk, by=request.user))
    form = NewerFileForm(request.POST, request.FILES)
    if not form.is_valid():
        for error in form.errors.get("file", []):
            messages.error(request, str(error))
        return redirect("backstage:calendar", pk=pk)
    file = form.cleaned_data["file"]
    return _begun(request, source, partial(source_replace, number=source.pk, file=file, by=request.user))


@require_http_methods(["GET", "HEAD", "POST"])
@needs("calendars.change_calendarsource", in_bands=True)
@changes_once
def options(request: TeamRequest, pk: int) -> HttpResponse:
    """Change whose gigs they are and what becomes of new ones."""
    source = _changeable(request, pk)
    form = CalendarOptionsForm(request.POST or None, instance=source, user=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("%(name)s has been saved.") % {"name": source})
        return redirect("backstage:calendar", pk=pk)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "calendars/backstage/options.html", {"form": form, "source": source}, status=status)


@require_POST
@needs("calendars.change_calendarsource", in_bands=True)
def pause(request: TeamRequest, pk: int) -> HttpResponse:
    """Read the calendar no more by itself."""
    source = _changeable(request, pk)
    source_pause(number=source.pk)
    messages.success(request, _("%(name)s isn't read any more until you resume it.") % {"name": source})
    return redirect("backstage:calendar", pk=pk)


@require_POST
@needs("calendars.change_calendarsource", in_bands=True)
def resume(request: TeamRequest, pk: int) -> HttpResponse:
    """Read the calendar by itself again."""
    source = _changeable(request, pk)
    source_resume(number=source.pk, by=request.user)
    messages.success(request, _("%(name)s is read again from now on.") % {"name": source})
    return redirect("backstage:calendar", pk=pk)


@require_POST
@needs("calendars.delete_calendarsource", in_bands=True)
def remove(request: TeamRequest, pk: int) -> HttpResponse:
    """Remove the calendar; its gigs stay."""
    source = get_object_or_404(rows_for(request.user, "delete", CalendarSource.objects.all()), pk=pk)
    source_remove(number=source.pk)
    messages.success(request, _("%(name)s has been removed. Its gigs stay as they are.") % {"name": source})
    return redirect("backstage:calendars")


def _begun(request: TeamRequest, source: CalendarSource, begin: Callable[[], None]) -> HttpResponse:
    try:
        begin()
    except ValidationError as problem:
        messages.warning(request, " ".join(problem.messages))
    return redirect("backstage:calendar", pk=source.pk)


def _visible(user: User) -> Any:
    return rows_for(user, "view", CalendarSource.objects.in_living_bands())


def _changeable(request: TeamRequest, pk: int) -> CalendarSource:
    rows = rows_for(request.user, "change", CalendarSource.objects.in_living_bands()).defer("link")
    found: CalendarSource = get_object_or_404(rows, pk=pk)
    return found


def _initial(request: TeamRequest) -> dict[str, Any]:
    """Return the band to begin with: the one asked for, or the only one there is for the user."""
    band = number(request, "band")
    if band is not None:
        return {"band": band}
    if may_with_all(request.user, "add", Gig):
        return {}
    own = bands_where(request.user, "add", Gig)
    return {"band": next(iter(own))} if len(own) == 1 else {}


def _chosen(events: list[dict[str, Any]], places: Iterable[str]) -> set[str]:
    """Return the UIDs of the events at these places of the preview."""
    known = set(places)
    return {event["uid"] for place, event in enumerate(events) if str(place) in known}


def _sections(source: CalendarSource) -> list[dict[str, Any]]:
    """Return what there is to choose, by what would happen."""
    preview = source.preview or {}
    events = [{**event, "place": place} for place, event in enumerate(preview.get("events", []))]
    by_kind = {
        "new": [event for event in events if event["action"] == Action.ADD.value],
        "changed": [
            event
            for event in events
            if event["action"] == Action.CHANGE.value or (event["action"] == Action.KEEP.value and event["conflicts"])
        ],
        "gone": [event for event in events if event["action"] == GONE],
        "skipped": [event for event in events if event["action"] == Action.REFUSE.value],
    }
    return [{"kind": kind, "events": found} for kind, found in by_kind.items() if found]
