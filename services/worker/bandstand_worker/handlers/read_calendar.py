"""Reads calendars: for a person who is waiting to choose, or has chosen, and by itself those that are followed."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from bandstand.calendars.adding import LOOKED_AT, forget_unanswered, is_calendar
from bandstand.calendars.events import CalendarContent, CalendarError
from bandstand.calendars.fetching import fetch_calendar
from bandstand.calendars.job_kinds import (
    FOLLOW_CALENDAR,
    FOLLOW_DUE_CALENDARS,
    READ_CALENDAR,
    FollowCalendar,
    FollowDueCalendars,
    ReadCalendar,
)
from bandstand.calendars.models import CalendarSource
from bandstand.calendars.outlet_files import content_of
from bandstand.calendars.scheduling import due_enqueue, followed_failed, followed_postponed
from bandstand.calendars.taking import calendar_follow, calendar_preview, calendar_take
from bandstand.notices.telling import calendar_off_tell
from bandstand.organizations.quotas import LimitReachedError
from bandstand.outgoing.fetching import Seen
from bandstand.outgoing.links import LinkError
from bandstand.outgoing.problems import FetchError
from bandstand.partners.taking import partner_content, results_write
from bandstand.spreadsheets.tables import SpreadsheetError
from bandstand_worker import spreadsheet_opening
from bandstand_worker.calendar_opening import opened
from bandstand_worker.importing_for import importing_for
from bandstand_worker.registry import handles
from bandstand_worker.run import JobFailed, Run

_PROBLEMS = (LinkError, FetchError, CalendarError, SpreadsheetError)


@handles(READ_CALENDAR)
def read_calendar(payload: ReadCalendar, run: Run) -> None:
    """Show what is in a calendar, or take in what was chosen of it, in the language of whoever added it."""
    source = CalendarSource.objects.in_living_bands().filter(pk=payload.source_id).defer(None).first()
    if source is None or (source.choice is None and source.previewed_at is not None):
        return
    with importing_for(source.responsible, source.language):
        try:
            _read(source, run)
        except _PROBLEMS as problem:
            raise JobFailed(str(problem)) from None
        except LimitReachedError as problem:
            raise JobFailed(" ".join(problem.messages)) from None
        except FileNotFoundError:
            raise JobFailed(_("The file isn't there any more. Please add it again.")) from None


@handles(FOLLOW_CALENDAR)
def follow_calendar(payload: FollowCalendar, run: Run) -> dict[str, int]:
    """Read a calendar that is due. What goes wrong is noted in its row; after many times it is switched off."""
    due = CalendarSource.objects.followed().filter(pk=payload.source_id, next_read_at__lte=timezone.now())
    source = due.select_related("band", "responsible").defer(None).first()
    if source is None:
        return {}
    if source.band is not None and source.band.is_trashed:
        followed_postponed(number=source.pk)
        return {}
    with importing_for(source.responsible, source.language):
        try:
            return _follow(source, run)
        except (*_PROBLEMS, LimitReachedError) as problem:
            words = " ".join(problem.messages) if isinstance(problem, LimitReachedError) else str(problem)
            return {"failures": _note_failure(source, words)}


@handles(FOLLOW_DUE_CALENDARS)
def follow_due_calendars(_payload: FollowDueCalendars, _run: Run) -> dict[str, int]:
    """Find the calendars that are due and that no job waits for, and forget those that nobody answered."""
    return {"due": due_enqueue(), "forgotten": forget_unanswered()}


def _read(source: CalendarSource, run: Run) -> None:
    calendar, fetched = _content(source, run)
    if source.choice is None:
        calendar_preview(number=source.pk, calendar=calendar, fetched=fetched)
    else:
        calendar_take(number=source.pk, calendar=calendar)
    if source.partner is not None:
        results_write(source, calendar)


def _content(source: CalendarSource, run: Run) -> tuple[CalendarContent, bytes | None]:
    """Return what is in the calendar, and its file where that was fetched."""
    if source.partner is not None:
        return partner_content(source.partner, run.organization), None
    if source.path:
        with default_storage.open(source.path) as stored:
            return _opened(stored.read(), run), None
    fetched = fetch_calendar(source.link, step=lambda _bytes: run.check()).content
    return _opened(fetched, run), fetched


def _follow(source: CalendarSource, run: Run) -> dict[str, int]:
    if source.partner is not None:
        calendar = partner_content(source.partner, run.organization)
        done = calendar_follow(number=source.pk, calendar=calendar, seen=Seen())
        results_write(source, calendar)
        return done
    seen = Seen(source.etag, source.last_modified)
    fetched = fetch_calendar(source.link, seen=seen, step=lambda _bytes: run.check())
    if fetched.is_unchanged:
        return calendar_follow(number=source.pk, calendar=None, seen=fetched.seen)
    return calendar_follow(number=source.pk, calendar=_opened(fetched.content, run), seen=fetched.seen)


def _opened(content: bytes, run: Run) -> CalendarContent:
    with TemporaryDirectory(prefix="bandstand-calendar-") as folder:
        path = Path(folder) / "source"
        path.write_bytes(content)
        if is_calendar(content[:LOOKED_AT]):
            return opened(path, step=run.check)
        with spreadsheet_opening.opened(path, step=run.check) as table:
            return content_of(table)


def _note_failure(source: CalendarSource, sentence: str) -> int:
    with transaction.atomic():
        found = CalendarSource.objects.followed().select_for_update(of=("self",)).filter(pk=source.pk).first()
        if found is None:
            return 0
        is_off = followed_failed(found, sentence)
        found.save()
        if is_off:
            calendar_off_tell(
                number=found.pk,
                band=source.band,
                name=found.name,
                since=timezone.now(),
                person=source.responsible,
                language=source.language,
            )
        return found.failures
