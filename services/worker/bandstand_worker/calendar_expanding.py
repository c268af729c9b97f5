"""Reads the dates of a calendar's events and counts out those that recur, by icalendar and recurring-ical-events."""

from __future__ import annotations

import functools
import re
import zoneinfo
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from hashlib import sha256
from typing import Any

import icalendar
import recurring_ical_events
from icalendar.prop import vBroken
from icalendar.timezone.tzid import tzids_from_tzinfo
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from bandstand.calendars.bounds import MAX_UID
from bandstand_worker.calendar_scanning import ScannedEvent

Time = date | datetime

_MOST_OCCURRENCES = 10_000  # of all events together
_RARE = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
_TIMES_OF_DAY = ("BYHOUR", "BYMINUTE", "BYSECOND")
_RECURRING = ("RRULE", "RDATE")
_NEEDED = frozenset({*_RECURRING, "EXDATE", "RECURRENCE-ID"})  # without them an event would stand at wrong days
_PLACE = "X-BANDSTAND-PLACE"
_ZONE_AT_END = re.compile(r"[A-Za-z_]+(?:/[A-Za-z0-9_+-]+){1,2}$")


@dataclass(frozen=True)
class Occurrence:
    """When an event is. `key` tells it apart from all others of the calendar, today and when it is read again."""

    key: str
    event: ScannedEvent
    start: Time
    end: Time | None
    zone: str


@dataclass(frozen=True)
class UnreadEvent:
    """An event whose dates can't be read, for this reason."""

    key: str
    event: ScannedEvent
    reason: str


class FlawedEventError(ValueError):
    """An event can't be taken, for this reason."""


@dataclass
class _Dated:
    """An event with its dates as objects."""

    place: int
    event: ScannedEvent
    component: Any  # the type of a property isn't known before it is looked at
    sequence: int

    @property
    def start(self) -> Time:
        start = self.component["DTSTART"].dt
        if not isinstance(start, date):
            raise FlawedEventError("start")
        return start

    @property
    def recurs(self) -> bool:
        return any(name in self.component for name in _RECURRING)


def zones_learn(zones: Iterable[list[str]]) -> None:
    """Let icalendar know the time zones that a file describes itself; one that can't be read is left out."""
    for lines in zones:
        try:
            icalendar.Timezone.from_ical("\r\n".join(lines))
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001, S112 - the events in it are read without it, or say what is wrong
            continue


def expanded(events: list[ScannedEvent], first: date, last: date) -> Iterator[Occurrence | UnreadEvent]:
    """Give all events, and the occurrences of recurring ones from `first` to `last`, at most 10,000 of these."""
    groups: dict[str, list[_Dated]] = defaultdict(list)
    for place, event in enumerate(events):
        uid = uid_of(event)
        try:
            groups[uid].append(_dated(place, event))
        except FlawedEventError as problem:
            yield UnreadEvent(uid, event, str(problem))
    left = _MOST_OCCURRENCES
    for uid, group in groups.items():
        for found in _of_group(uid, group, events, first, last):
            yield found
            left -= 1
            if not left:
                return


def uid_of(event: ScannedEvent) -> str:
    """Return the event's UID, without spaces; where it has none, one made of what it is."""
    uid = "".join(event.texts.get("UID", "").split())
    if not uid:
        told = "\n".join([event.texts.get("SUMMARY", ""), *sorted(event.dates)])
        return f"without-uid-{sha256(told.encode()).hexdigest()[:40]}"
    return uid if len(uid) <= MAX_UID else f"long-uid-{sha256(uid.encode()).hexdigest()}"


def zone_named(name: str) -> str:
    """Return IANA's name of the time zone that a calendar calls so; "" if nobody knows it.

    Windows' names are those of Unicode's table. Some programs write IANA's names behind a path of their own.
    """
    name = name.strip().strip('"')
    known = _known_zones()
    ending = _ZONE_AT_END.search(name)
    for each in (name, WINDOWS_TO_OLSON.get(name, ""), name.lstrip("/"), ending[0] if ending else ""):
        if each in known:
            return each
    return ""


@functools.cache
def _known_zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def _dated(place: int, event: ScannedEvent) -> _Dated:
    """Return the event with its dates read. Raises FlawedEventError."""
    if event.has_too_many_dates:
        raise FlawedEventError("dates")
    lines = ["BEGIN:VEVENT", *event.dates, "END:VEVENT", ""]
    try:
        component: Any = icalendar.Event.from_ical("\r\n".join(lines))
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - whatever the library raises, the dates can't be read
        raise FlawedEventError("start") from None
    broken = {name for name in component if _is_broken(component[name])}
    if "DTSTART" not in component or isinstance(component["DTSTART"], list) or "DTSTART" in broken:
        raise FlawedEventError("start")
    if broken & _NEEDED or any(event.says(name) and name not in component for name in _NEEDED):
        raise FlawedEventError("recurrence")
    for name in broken:
        del component[name]
    sequence = event.texts.get("SEQUENCE", "").strip()
    number = int(sequence) if re.fullmatch("[0-9]{1,9}", sequence) else 0
    component["SEQUENCE"] = icalendar.vInt(number)
    component["UID"] = icalendar.vText("one")  # it is asked for groups of one UID only
    component[_PLACE] = icalendar.vInt(place)
    dated = _Dated(place, event, component, number)
    _ = dated.start
    return dated


def _is_broken(value: object) -> bool:
    return any(isinstance(each, vBroken) for each in (value if isinstance(value, list) else [value]))


def _of_group(
    uid: str, group: list[_Dated], events: list[ScannedEvent], first: date, last: date
) -> Iterator[Occurrence | UnreadEvent]:
    """Give the occurrences of the events with this UID."""
    masters = _current([each for each in group if "RECURRENCE-ID" not in each.component])
    moved = [each for each in group if "RECURRENCE-ID" in each.component]
    keys: set[str] = set()
    for place, master in enumerate(masters):
        try:
            if master.recurs:
                _bound_rules(master, last)
                found = list(_counted_out(uid, [master, *(moved if not place else [])], events, first, last))
            else:
                found = [_single(uid, master)]
        except FlawedEventError as problem:
            yield UnreadEvent(uid, master.event, str(problem))
            continue
        yield from (_told_apart(each, keys) for each in found)
    if not any(master.recurs for master in masters[:1]):
        yield from (_told_apart(_single(_key(uid, each), each), keys) for each in moved)


def _current(masters: list[_Dated]) -> list[_Dated]:
    """Return the newest of several events with one UID; those of one age at different times, which some programs
    write, are different events."""
    newest = max((each.sequence for each in masters), default=0)
    by_start = {str(each.start): each for each in masters if each.sequence == newest}
    return list(by_start.values())


def _bound_rules(master: _Dated, last: date) -> None:
    """Let endless rules end on the last day, so that those that never come true aren't tried until the year 9999.

    Raises FlawedEventError for rules that make more than one occurrence a day.
    """
    rules = master.component.get("RRULE", [])
    for rule in rules if isinstance(rules, list) else [rules]:
        often = [str(each).upper() for each in rule.get("FREQ", [])]
        if not often:
            raise FlawedEventError("recurrence")
        if len(often) > 1 or often[0] not in _RARE:
            raise FlawedEventError("frequency")
        if any(len(rule.get(name, [])) > 1 for name in _TIMES_OF_DAY):
            raise FlawedEventError("frequency")
        if any(int(each) < 1 for each in rule.get("INTERVAL", [])):
            raise FlawedEventError("recurrence")
        if "COUNT" not in rule and "UNTIL" not in rule:
            rule["UNTIL"] = [_end_of(last, master.start)]


def _end_of(last: date, start: Time) -> Time:
    """Return the end of the day in the form that a rule of an event with this start wants."""
    if not isinstance(start, datetime):
        return last
    return datetime.combine(last, time.max.replace(microsecond=0), UTC if start.tzinfo else None)


def _counted_out(
    uid: str, series: list[_Dated], events: list[ScannedEvent], first: date, last: date
) -> Iterator[Occurrence]:
    calendar: Any = icalendar.Calendar()
    for each in series:
        calendar.add_component(each.component)
    try:
        found = recurring_ical_events.of(calendar).between(first, last)
        for each in found:
            event = events[int(each[_PLACE])]
            yield _occurrence(f"{uid} {_moment(each['RECURRENCE-ID'].dt)}", event, each)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - whatever the libraries raise, the rule can't be followed
        raise FlawedEventError("recurrence") from None


def _single(key: str, dated: _Dated) -> Occurrence:
    return _occurrence(key, dated.event, dated.component)


def _occurrence(key: str, event: ScannedEvent, component: Any) -> Occurrence:
    start = component["DTSTART"].dt
    zone = zone_named(str(component["DTSTART"].params.get("TZID", ""))) or _zone_of(start)
    return Occurrence(key, event, start, _end(component, start), zone)


def _end(component: Any, start: Time) -> Time | None:
    """Return the end, if there is one that comes after the start and is as exact as it."""
    end: Any = None
    try:
        if "DTEND" in component:
            end = component["DTEND"].dt
        elif "DURATION" in component:
            end = start + component["DURATION"].dt
        is_alike = isinstance(end, date) and isinstance(end, datetime) is isinstance(start, datetime)
        is_later = is_alike and end > start
    except (TypeError, AttributeError, OverflowError):
        return None
    return end if is_later else None


def _zone_of(start: Time) -> str:
    """Return the name of the zone in which a time is given, unless it is UTC, which tells nothing of the place."""
    if not isinstance(start, datetime) or start.tzinfo is None:
        return ""
    names = [name for name in tzids_from_tzinfo(start.tzinfo) if name]
    if {"UTC", "Etc/UTC"} & set(names):
        return ""
    return next((zone for name in names if (zone := zone_named(name))), "")


def _key(uid: str, dated: _Dated) -> str:
    return f"{uid} {_moment(dated.component['RECURRENCE-ID'].dt)}"


def _moment(moment: Time) -> str:
    """Return a moment in few characters: in UTC where it has a zone."""
    if isinstance(moment, datetime):
        if moment.tzinfo is None:
            return f"{moment:%Y%m%dT%H%M%S}"
        try:
            return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"
        except OverflowError:
            return moment.isoformat()
    return f"{moment:%Y%m%d}" if isinstance(moment, date) else str(moment)


def _told_apart(found: Occurrence, keys: set[str]) -> Occurrence:
    """Return the occurrence under a key that no other one has."""
    key = found.key
    if key in keys:
        key = f"{key} {_moment(found.start)}" if " " not in key else f"{key}/{_moment(found.start)}"
    while key in keys:
        key += "+"
    keys.add(key)
    return Occurrence(key, found.event, found.start, found.end, found.zone)
