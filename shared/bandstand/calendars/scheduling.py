"""When followed calendars are read again.

Each reading enqueues the next one. What no job waits for (calendars of a restored portal, say) is found by the job of
every night.
"""

from __future__ import annotations

from datetime import UTC, timedelta

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from bandstand.calendars.job_kinds import FOLLOW_CALENDAR, FollowCalendar
from bandstand.calendars.models import PROBLEM_MAX_LENGTH, CalendarSource
from bandstand.jobs.enqueueing import enqueue
from bandstand.organizations.current import current_organization

USUAL_PERIOD = timedelta(hours=6)
LONGEST_PERIOD = timedelta(days=2)
MOST_FAILURES = 8  # with longer and longer pauses: about ten days


def followed_read(source: CalendarSource) -> None:
    """Note that the calendar was read, and when it is read again. The caller saves."""
    source.failures, source.problem = 0, ""
    _set_next(source, USUAL_PERIOD)


def followed_failed(source: CalendarSource, sentence: str) -> bool:
    """Note a failure, and return whether the calendar is switched off by it. The caller saves."""
    source.failures += 1
    source.problem = sentence[:PROBLEM_MAX_LENGTH]
    if source.failures >= MOST_FAILURES:
        switch_off(source, sentence)
        return True
    _set_next(source, min(USUAL_PERIOD * 2 ** (source.failures - 1), LONGEST_PERIOD))
    return False


def switch_off(source: CalendarSource, sentence: str) -> None:
    """Read the calendar no more by itself. The caller saves."""
    source.state, source.next_read_at = CalendarSource.State.OFF, None
    source.problem = sentence[:PROBLEM_MAX_LENGTH]


def followed_postponed(*, number: int) -> None:
    """Look again later at a calendar whose band is in the trash."""
    with transaction.atomic():
        source = CalendarSource.objects.followed().select_for_update(of=("self",)).filter(pk=number).first()
        if source is not None:
            _set_next(source, LONGEST_PERIOD)
            source.save(update_fields=["next_read_at"])


def due_enqueue() -> int:
    """Enqueue a job for each followed calendar of the portal that is due and has none, and return how many are due."""
    due = list(CalendarSource.objects.followed().in_living_bands().filter(next_read_at__lte=Now()))
    for source in due:
        follow_enqueue(source)
    return len(due)


def follow_enqueue(source: CalendarSource) -> None:
    """Enqueue the job that reads the calendar when it is due."""
    moment = source.next_read_at
    if moment is not None:
        key = f"{source.pk}:{moment.astimezone(UTC).isoformat()}"
        enqueue(FOLLOW_CALENDAR, FollowCalendar(source.pk), organization=current_organization(), at=moment, key=key)


def _set_next(source: CalendarSource, period: timedelta) -> None:
    if source.state == CalendarSource.State.FOLLOWED:
        source.next_read_at = timezone.now() + period
        follow_enqueue(source)
    else:
        source.next_read_at = None
