"""Opens a calendar from outside: a confined child process reads it, and this module interprets the child's output."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from bandstand.calendars.bounds import MAX_COMPONENTS, MAX_EVENTS, MONTHS_AHEAD
from bandstand.calendars.events import CalendarContent, CalendarError, CalendarEvent, FlawedEvent, span_of
from bandstand_worker import calendar_reading
from bandstand_worker.confining import ConfinedError, Limits, TooHeavyError, confined

# A file of 5,000 events takes 3 of these seconds and 120 MB.
LIMITS = Limits(memory=280 * 1024 * 1024, cpu_seconds=8, seconds=10, file_bytes=16 * 1024 * 1024)

_REFUSALS = {
    "no_calendar": gettext_lazy("This isn't a calendar. Choose an iCalendar file, whose name ends in “.ics”."),
    "encoding": gettext_lazy("We can't read the letters of this file. Please export the calendar again."),
    "cut_off": gettext_lazy("This calendar ends in the middle. Please download it again."),
    "nested": gettext_lazy("This calendar isn't built as we can read it. Please export it again."),
    "many": gettext_lazy("This calendar has more than %(most)s events. Please export a part of it."),
    "scale": gettext_lazy("We can only read calendars in the Gregorian calendar."),
    "empty": gettext_lazy("There are no events in this calendar."),
}
_FLAWS = {
    "start": gettext_lazy("We can't read when it starts."),
    "dates": gettext_lazy("It has too many dates."),
    "recurrence": gettext_lazy("We can't read how it repeats."),
    "frequency": gettext_lazy("It repeats more than once a day."),
}


def opened(path: Path, *, step: Callable[[], None]) -> CalendarContent:
    """Return the calendar in the file at `path`. Raises CalendarError."""
    first, last = span_of(timezone.localdate())
    arguments = [str(path), first.isoformat(), last.isoformat()]
    try:
        with confined(calendar_reading.__name__, arguments, limits=LIMITS, step=step) as printed:
            return calendar_of(printed)
    except TooHeavyError:
        sentence = _("This calendar takes too much work to read. Please export a shorter period of it, and retry.")
        raise CalendarError(sentence) from None
    except ConfinedError:
        raise CalendarError(str(_REFUSALS["nested"])) from None


def calendar_of(printed: IO[bytes]) -> CalendarContent:
    """Return the calendar that the child printed. Raises CalendarError where it refused the file."""
    *events, about = map(json.loads, printed)
    if "refusal" in about:
        raise CalendarError(str(_REFUSALS[about["refusal"]]) % {"most": f"{MAX_COMPONENTS:,}"})
    return CalendarContent(
        name=about["name"],
        zone=about["zone"],
        events=[_event(each) for each in events],
        flawed=[
            FlawedEvent(uid=each["uid"], title=each["title"], sentence=str(_FLAWS[each["reason"]]))
            for each in about["flaws"]
        ],
        notices=_notices(about, bool(events)),
        is_complete=not about["left_out"] and about["flawed"] == len(about["flaws"]),
    )


def _event(told: dict[str, Any]) -> CalendarEvent:
    return CalendarEvent(
        uid=told["uid"],
        start=_time(told["start"]),
        end=_time(told["end"]) if told["end"] else None,
        zone=told["zone"],
        title=told["title"],
        place=told["place"],
        notes=told["notes"],
        url=told["url"],
        is_cancelled=told["cancelled"],
        is_tentative=told["tentative"],
        is_private=told["private"],
    )


def _time(text: str) -> date | datetime:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def _notices(about: dict[str, Any], has_events: bool) -> list[str]:
    notices = []
    if about["encoding"]:
        notices.append(_("The file doesn't say how its letters are stored. Please check umlauts and accents below."))
    if about["left_out"]:
        sentence = ngettext(
            "A calendar may bring %(most)s events, the next ones first. %(count)s more is left out.",
            "A calendar may bring %(most)s events, the next ones first. %(count)s more are left out.",
            about["left_out"],
        )
        notices.append(sentence % {"most": MAX_EVENTS, "count": about["left_out"]})
    if not has_events and not about["flawed"]:
        sentence = _("Nothing of this calendar happens in the last twelve or the next %(months)s months.")
        notices.append(sentence % {"months": MONTHS_AHEAD})
    return notices
