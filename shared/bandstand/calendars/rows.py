"""Events of a calendar as rows of the table that an import of gigs reads, so that both keep to one grammar."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

from django.core.exceptions import ValidationError

from bandstand.calendars.events import CalendarEvent, RowEvent
from bandstand.calendars.models import CalendarSource
from bandstand.calendars.places import read_place
from bandstand.content.plain_text import clean_text
from bandstand.gigs.models import Gig
from bandstand.gigs.timing import LONGEST, Precision
from bandstand.spreadsheets.tables import Cell, Flaw, text_of

UID = "uid"  # beside the columns of gigs
_BREAK = re.compile(r"<(?:br|/p|/div|/li|/h[1-6])\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z][^>]*>", re.IGNORECASE)
_EMPTY_LINES = re.compile(r"\n\s*\n\s*\n+")


@dataclass(frozen=True)
class ToldRow:
    """What a source tells of a gig, as a row. `bands`: names; None where they are to be found in its texts."""

    cells: dict[str, Cell]
    zone: str
    bands: tuple[str, ...] | None = None
    venue: Mapping[str, str] = field(default_factory=dict)
    has_clock: bool = True


def row_of(event: CalendarEvent | RowEvent, source: CalendarSource) -> ToldRow:
    """Return the row of an event of `source`."""
    if isinstance(event, CalendarEvent):
        cells = cells_of(event, with_notes=source.shows_notes, venue=source.venue, town=source.town)
        return ToldRow(cells, event.zone)
    cells = {name: _fitted(name, cell) for name, cell in event.cells.items()}
    cells = {UID: event.uid, "venue": source.venue, "town": source.town, "title": "", "address": "", **cells}
    if not source.shows_notes and (notes := cells.pop("notes", "")):
        cells["team_notes"] = notes
    return ToldRow(cells, event.zone, event.bands, event.venue, event.has_clock)


def _fitted(name: str, cell: Cell) -> Cell:
    """Return a text as a gig may have it; other values as they are."""
    if name == "ticket_url":
        return _link(text_of(cell).strip())
    if name in {"title", "notes"} and not isinstance(cell, Flaw):
        return _shortened(plain_notes(text_of(cell)), name)
    return cell


def cells_of(event: CalendarEvent, *, with_notes: bool, venue: str = "", town: str = "") -> dict[str, Cell]:
    """Return the event's cells by column. `venue` and `town` are for events that don't say where they are.

    What a calendar tells beside the event may be meant for the band alone: it goes to the team's notes, unless
    `with_notes` says that visitors may read it.
    """
    place = read_place(event.place)
    notes = "notes" if with_notes else "team_notes"
    return {
        UID: event.uid,
        "title": _shortened(event.title, "title"),
        "venue": place.venue or venue,
        "address": place.address,
        "town": place.town or (town if not place.venue or place.venue == venue else ""),
        "starts_at": _cell(event.start),
        "ends_at": _end_cell(event),
        "precision": Precision.TIME if isinstance(event.start, datetime) else Precision.DAY,
        "status": _status(event),
        "is_private": "1" if event.is_private else "0",
        "ticket_url": _link(event.url),
        notes: _shortened(plain_notes(event.notes), notes),
    }


def plain_notes(text: str) -> str:
    """Return a description without the HTML that some calendars write into it."""
    if _TAG.search(text):
        text = unescape(_TAG.sub("", _BREAK.sub("\n", text)))
    return _EMPTY_LINES.sub("\n\n", clean_text(text)).strip()


def _status(event: CalendarEvent) -> str:
    if event.is_cancelled:
        return str(Gig.Status.CANCELLED)
    return str(Gig.Status.HOLD if event.is_tentative else Gig.Status.SCHEDULED)


def _cell(moment: date | datetime) -> Cell:
    """Return a day, a time on the clock of the place, or an instant with its offset from UTC."""
    if not isinstance(moment, datetime):
        return moment
    moment = moment.replace(second=0, microsecond=0)
    if moment.tzinfo is None:
        return moment
    try:
        return moment.astimezone(UTC).isoformat(" ", "minutes")
    except OverflowError:
        return moment.replace(tzinfo=None)  # a year that is refused as it is


def _end_cell(event: CalendarEvent) -> Cell:
    """Return the end: of whole days the last one, if there are several; none where it can't be meant."""
    end = event.end
    if end is None:
        return ""
    if not isinstance(end, datetime):
        end -= timedelta(days=1)  # a calendar names the day after
        days = end - event.start
        return end if timedelta() < days < LONGEST else ""
    return _cell(end) if timedelta() < end - event.start < LONGEST else ""  # type: ignore[operator] # both have times


def _link(url: str) -> str:
    """Return the link if a gig may have it."""
    field = Gig._meta.get_field("ticket_url")  # noqa: SLF001 - Django documents it
    try:
        field.run_validators(url)
    except ValidationError:
        return ""
    return url


def _shortened(text: str, field: str) -> str:
    """Return the text as long as the field may be."""
    described: Any = Gig._meta.get_field(field)  # noqa: SLF001 - Django documents it
    most: int = described.max_length
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
