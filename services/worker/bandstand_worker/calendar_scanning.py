"""Takes an iCalendar text (RFC 5545) apart into the few lines that gigs are made of.

Files bring alarms, attachments of megabytes and components within components; nothing of that is handed on, so the
library that reads dates sees some ten short lines of each event.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from bandstand.calendars.bounds import MAX_COMPONENTS

TEXTS = frozenset({"UID", "SUMMARY", "DESCRIPTION", "LOCATION", "STATUS", "URL", "CLASS", "SEQUENCE"})
DATES = frozenset({"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"})
_OF_CALENDAR = frozenset({"X-WR-CALNAME", "NAME", "X-WR-TIMEZONE", "METHOD", "CALSCALE"})
_MOST_DATE_LINE = 40_000  # characters; a list of some two thousand exceptions
_MOST_DATE_LINES = 200
_MOST_ZONES, _MOST_ZONE_LINES = 50, 500
_DEEPEST = 20
_FOLD = re.compile(r"(?:\r\n?|\n)[ \t]")
_LINE = re.compile(r"[^\r\n]+")
_NAME = re.compile(r"[A-Za-z0-9-]+(?=[;:])")
_ESCAPED = re.compile(r"\\([\\;,nN])")


class RefusedCalendarError(ValueError):
    """The file is refused, for this reason."""


@dataclass
class ScannedEvent:
    """An event as it is written: texts by name, and the lines with dates."""

    texts: dict[str, str] = field(default_factory=dict)
    dates: list[str] = field(default_factory=list)
    has_too_many_dates: bool = False

    def says(self, name: str) -> bool:
        """Whether there is a date of this name."""
        return any(line.upper().startswith((f"{name};", f"{name}:")) for line in self.dates)


@dataclass
class ScannedCalendar:
    """What is of interest in a file."""

    about: dict[str, str] = field(default_factory=dict)
    zones: list[list[str]] = field(default_factory=list)  # the lines of each VTIMEZONE
    events: list[ScannedEvent] = field(default_factory=list)


def scan(text: str) -> ScannedCalendar:
    """Return the parts of the text. Raises RefusedCalendarError."""
    return _Scanner(text).scan()


class _Scanner:
    def __init__(self, text: str) -> None:
        self._lines = _unfolded(text)
        self._stack: list[str] = []
        self._found = ScannedCalendar()
        self._is_calendar = False

    def scan(self) -> ScannedCalendar:
        for line in self._lines:
            name = _NAME.match(line)
            if name is None:
                continue
            word = name[0].upper()
            if word == "BEGIN":
                self._begin(_value(line).strip().upper())
            elif word == "END":
                self._end(_value(line).strip().upper())
            else:
                self._take(word, line)
            if "VTIMEZONE" in self._stack:
                self._take_of_zone(line)
        if not self._is_calendar:
            raise RefusedCalendarError("no_calendar")
        if {"VCALENDAR", "VEVENT"} & set(self._stack):
            raise RefusedCalendarError("cut_off")
        return self._found

    def _begin(self, name: str) -> None:
        if len(self._stack) >= _DEEPEST:
            raise RefusedCalendarError("nested")
        if name == "VEVENT" and self._stack in ([], ["VCALENDAR"]):
            if len(self._found.events) >= MAX_COMPONENTS:
                raise RefusedCalendarError("many")
            self._found.events.append(ScannedEvent())
        elif name == "VTIMEZONE":
            self._found.zones.append([])
        self._is_calendar = self._is_calendar or name in {"VCALENDAR", "VEVENT"}
        self._stack.append(name)

    def _end(self, name: str) -> None:
        if name not in self._stack:
            return
        if self._stack[-1] == "VTIMEZONE" == name:
            self._found.zones[-1].append("END:VTIMEZONE")
        while self._stack.pop() != name:
            pass

    def _take(self, name: str, line: str) -> None:
        if self._stack == ["VCALENDAR"] and name in _OF_CALENDAR:
            self._found.about.setdefault(name, unescaped(_value(line)).strip())
        elif self._stack in (["VEVENT"], ["VCALENDAR", "VEVENT"]):
            event = self._found.events[-1]
            if name in TEXTS:
                event.texts.setdefault(name, _value(line))
            elif name in DATES and _value(line).strip():
                if len(line) > _MOST_DATE_LINE or len(event.dates) >= _MOST_DATE_LINES:
                    event.has_too_many_dates = True
                else:
                    event.dates.append(_without_spaces(line))

    def _take_of_zone(self, line: str) -> None:
        zone = self._found.zones[-1]
        if len(self._found.zones) <= _MOST_ZONES and len(zone) < _MOST_ZONE_LINES and len(line) <= _MOST_DATE_LINE:
            zone.append(line)


def unescaped(text: str) -> str:
    """Return the text that a value writes."""
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], text)


def _unfolded(text: str) -> Iterator[str]:
    return (found[0] for found in _LINE.finditer(_FOLD.sub("", text)))


def _without_spaces(line: str) -> str:
    """Return a line with dates without spaces in its value, which Exchange writes between weekdays."""
    value = _value(line)
    return line[: len(line) - len(value)] + "".join(value.split())


def _value(line: str) -> str:
    """Return what stands behind the first colon that isn't in quotation marks."""
    start = 0
    while True:
        colon = line.find(":", start)
        if colon < 0:
            return ""
        opening = line.find('"', start, colon)
        closing = line.find('"', opening + 1) if opening >= 0 else -1
        if closing < colon:
            return line[colon + 1 :]
        start = closing + 1
