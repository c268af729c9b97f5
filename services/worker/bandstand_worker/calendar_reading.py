"""Reads one untrusted calendar. `confining` runs it in a process of its own.

    main([path, first day, last day])

It prints a line of JSON for each event, at most 500, the next ones first, and at the end what there is to know of the
calendar, for `bandstand_worker.calendar_opening`, or `{"refusal": reason}`.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from bandstand.calendars.bounds import MAX_EVENTS, MAX_FLAWS, MAX_NOTES, MAX_PLACE, MAX_TITLE, MAX_URL
from bandstand.calendars.events import LOOKED_BACK
from bandstand.content.plain_text import clean_text, one_line
from bandstand_worker.calendar_expanding import Occurrence, UnreadEvent, expanded, zone_named, zones_learn
from bandstand_worker.calendar_scanning import RefusedCalendarError, ScannedCalendar, ScannedEvent, scan, unescaped
from bandstand_worker.text_decoding import UndecodableError, decoded

_NAME_CHARACTERS = 120


def main(arguments: Sequence[str]) -> None:
    """Print the events and what there is to know of the calendar, or the refusal."""
    path, first, last = Path(arguments[0]), *map(date.fromisoformat, arguments[1:])
    try:
        with warnings.catch_warnings(action="ignore"):  # of what the library guesses
            events, about = _read(path, first, last)
    except RefusedCalendarError as refusal:
        events, about = [], {"refusal": str(refusal)}
    for event in events:
        sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.write(json.dumps(about) + "\n")


def _read(path: Path, first: date, last: date) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    try:
        text, is_guessed = decoded(path.read_bytes())
    except UndecodableError:
        raise RefusedCalendarError("encoding") from None
    calendar = scan(text)
    del text
    if calendar.about.get("CALSCALE", "GREGORIAN").upper() != "GREGORIAN":
        raise RefusedCalendarError("scale")
    if not calendar.events:
        raise RefusedCalendarError("empty")
    zones_learn(calendar.zones)
    found: list[Occurrence] = []
    flaws: list[UnreadEvent] = []
    for each in expanded(calendar.events, first, last):
        if isinstance(each, UnreadEvent):
            flaws.append(each)
        else:
            found.append(each)
    kept = _next_ones(found, first + LOOKED_BACK)
    about = {
        "name": one_line(calendar.about.get("X-WR-CALNAME") or calendar.about.get("NAME", ""))[:_NAME_CHARACTERS],
        "zone": zone_named(calendar.about.get("X-WR-TIMEZONE", "")),
        "encoding": "guessed" if is_guessed else "",
        "left_out": len(found) - len(kept),
        "flaws": [_flaw(each) for each in flaws[:MAX_FLAWS]],
        "flawed": len(flaws),
    }
    return [_event(each, calendar) for each in kept], about


def _next_ones(found: list[Occurrence], today: date) -> list[Occurrence]:
    """Return the first events from today on, and, as far as there is room, the latest before."""
    found.sort(key=lambda each: _day(each.start))
    to_come = [each for each in found if _day(each.start) >= today][:MAX_EVENTS]
    past = [each for each in found if _day(each.start) < today]
    return to_come + past[::-1][: MAX_EVENTS - len(to_come)]


def _day(start: date | datetime) -> date:
    return start.date() if isinstance(start, datetime) else start


def _event(found: Occurrence, calendar: ScannedCalendar) -> dict[str, Any]:
    texts = found.event.texts
    status = texts.get("STATUS", "").strip().upper()
    is_cancelled = status == "CANCELLED" or calendar.about.get("METHOD", "").upper() == "CANCEL"
    return {
        "uid": one_line(found.key),
        "start": found.start.isoformat(),
        "end": found.end.isoformat() if found.end else "",
        "zone": found.zone,
        "title": _line(found.event, "SUMMARY", MAX_TITLE),
        "place": clean_text(unescaped(texts.get("LOCATION", ""))).strip()[:MAX_PLACE],
        "notes": clean_text(unescaped(texts.get("DESCRIPTION", ""))).strip()[:MAX_NOTES],
        "url": one_line(texts.get("URL", ""))[: MAX_URL + 1],
        "cancelled": is_cancelled,
        "tentative": status == "TENTATIVE",
        "private": texts.get("CLASS", "").strip().upper() in {"PRIVATE", "CONFIDENTIAL"},
    }


def _flaw(flaw: UnreadEvent) -> dict[str, str]:
    return {"uid": one_line(flaw.key), "title": _line(flaw.event, "SUMMARY", _NAME_CHARACTERS), "reason": flaw.reason}


def _line(event: ScannedEvent, name: str, most: int) -> str:
    return one_line(unescaped(event.texts.get(name, "")))[:most]
