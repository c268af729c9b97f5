"""The events of a calendar as it was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from bandstand.calendars.bounds import MONTHS_AHEAD

if TYPE_CHECKING:  # the reading process needs none of it
    from bandstand.spreadsheets.tables import Cell

# What recurs is counted out from this long ago on, so that the gigs of the season before are found again.
LOOKED_BACK = timedelta(days=365)
_MOMENT_OF_ANOTHER = " "  # between a UID, which has no space, and the moment that tells occurrences apart


class CalendarError(ValueError):
    """The file can't be read. The message is for people."""


@dataclass(frozen=True, kw_only=True)
class CalendarEvent:
    """One event, or one occurrence of an event that recurs.

    `start` is a date for a whole day, without a zone where the calendar names none, and aware otherwise.
    """

    uid: str
    start: date | datetime
    end: date | datetime | None = None
    zone: str = ""  # IANA's name of the event's or the calendar's time zone, if it is known
    title: str = ""
    place: str = ""
    notes: str = ""
    url: str = ""
    is_cancelled: bool = False
    is_tentative: bool = False
    is_private: bool = False


@dataclass(frozen=True, kw_only=True)
class RowEvent:
    """An event whose parts are told apart already: cells by the columns of gigs' tables.

    `bands`: the names of who plays, in no order that counts; who isn't known here is left out. `venue`: what else is
    known of the venue, by its fields. `has_clock`: whether the source tells times of day at all.
    """

    uid: str
    cells: Mapping[str, Cell]
    bands: tuple[str, ...] = ()
    zone: str = ""
    venue: Mapping[str, str] = field(default_factory=dict)
    has_clock: bool = True


@dataclass(frozen=True, kw_only=True)
class FlawedEvent:
    """An event that can't be taken, with the reason as a sentence."""

    uid: str
    title: str
    sentence: str


@dataclass(frozen=True, kw_only=True)
class CalendarContent:
    """A calendar's events, first the ones to come. `is_complete`: whether none of those to come is left out."""

    name: str = ""
    zone: str = ""
    events: Sequence[CalendarEvent | RowEvent] = field(default_factory=list)
    flawed: list[FlawedEvent] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    is_complete: bool = True


def series_of(uid: str) -> str:
    """Return the UID that all occurrences of a recurring event share."""
    return uid.partition(_MOMENT_OF_ANOTHER)[0]


def span_of(today: date) -> tuple[date, date]:
    """Return the first and the last day of which recurring events are counted out."""
    months = today.year * 12 + today.month - 1 + MONTHS_AHEAD
    last = date(months // 12, months % 12 + 1, min(today.day, 28))
    return today - LOOKED_BACK, last
