"""Gigs from files in the templates of Bandsintown and Songkick, compared as the events of a calendar are.

Rows of these files have no identifier. An event is known again by its artist, day and venue, and by its place among
those that share all three: so times, tickets and texts may change, and another day is another event.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, datetime
from hashlib import sha256

from django.utils.translation import gettext as _

from bandstand.calendars.bounds import MAX_EVENTS
from bandstand.calendars.events import CalendarContent, CalendarError, FlawedEvent, RowEvent
from bandstand.content.countries import read_country
from bandstand.content.moments import Unreadable
from bandstand.content.names import name_key
from bandstand.content.values import split_names
from bandstand.gigs.models import Gig
from bandstand.gigs.outlets import BANDSINTOWN, SONGKICK, Outlet
from bandstand.gigs.timing import Precision
from bandstand.organizations.time_zones import read_time_zone
from bandstand.spreadsheets.columns import fold_heading
from bandstand.spreadsheets.tables import Cell, Row, Table, text_of
from bandstand.venues.models import Venue

Cells = Mapping[str, Cell]  # by folded heading

_REQUIRED = {
    BANDSINTOWN: frozenset({"artist name", "venue", "country", "city", "start date"}),
    SONGKICK: frozenset({"date", "venue", "city", "country"}),
}
_UID_CHARACTERS = 24


def content_of(table: Table) -> CalendarContent:
    """Return the events of a file in one of the templates. Raises CalendarError for any other."""
    headings = [fold_heading(heading) for heading in table.headings]
    outlet = _template_of(headings)
    if outlet is None:
        raise CalendarError(
            _(
                "This is neither a calendar nor a file in Bandsintown's or Songkick's template. Import other tables "
                "under “Import” on the page of gigs."
            )
        )
    if table.count > MAX_EVENTS:
        raise CalendarError(_("This file has more than %(most)s gigs. Please split it.") % {"most": MAX_EVENTS})
    events: list[RowEvent] = []
    flawed: list[FlawedEvent] = []
    seen: Counter[str] = Counter()
    for row in table.rows():
        cells = dict(zip(headings, [*row.cells, *[""] * len(headings)], strict=False))
        uid = _uid(outlet, cells, seen)
        if row.flaws:
            flawed.append(FlawedEvent(uid=uid, title=_name_of(row), sentence=" ".join(row.flaws)))
        else:
            events.append(_READERS[outlet](uid, cells))
    return CalendarContent(events=events, flawed=flawed, notices=table.notices)


def _template_of(headings: list[str]) -> Outlet | None:
    """Return whose template has these headings. Songkick's are common words: with any other it is no file of theirs."""
    named = {heading for heading in headings if heading}
    known = {fold_heading(column) for column in SONGKICK.columns}
    if named >= _REQUIRED[BANDSINTOWN]:
        return BANDSINTOWN
    return SONGKICK if known >= named >= _REQUIRED[SONGKICK] else None


def _bandsintown(uid: str, cells: Cells) -> RowEvent:
    kind = fold_heading(_text(cells, "ticket type"))
    zone, told_zone = _zone(cells)
    found: dict[str, Cell] = {
        **_place(cells),
        **told_zone,
        "address": _text(cells, "address"),
        "title": _text(cells, "event name"),
        "date": cells.get("start date", ""),
        "ticket_url": _text(cells, "ticket link"),
        "status": str(Gig.Status.SOLD_OUT if kind == "sold out" else Gig.Status.SCHEDULED),
        "notes": _text(cells, "description"),
        "on_sale_at": _moment(cells, "on sale date", "on sale time"),
        "ends_at": _moment(cells, "end date", "end time"),
    }
    if kind:
        found["is_free"] = "1" if kind == "free" else "0"
    has_clock = bool(_text(cells, "start time"))
    return RowEvent(
        uid=uid,
        cells={**found, **_clock(cells, has_clock=has_clock)},
        bands=(_text(cells, "artist name"), *split_names(_text(cells, "lineup"))),
        zone=zone,
        venue=_venue(cells),
        has_clock=has_clock,
    )


def _songkick(uid: str, cells: Cells) -> RowEvent:
    found: dict[str, Cell] = {
        **_place(cells),
        "date": cells.get("date", ""),
        "ticket_url": _text(cells, "ticket link"),
    }
    return RowEvent(
        uid=uid,
        cells={**found, **_clock(cells, has_clock=False)},
        bands=tuple(split_names(_text(cells, "lineup"))),
        venue=_venue(cells),
        has_clock=False,
    )


_READERS: dict[Outlet, Callable[[str, Cells], RowEvent]] = {BANDSINTOWN: _bandsintown, SONGKICK: _songkick}


def _text(cells: Cells, heading: str) -> str:
    return text_of(cells.get(heading, "")).strip()


def _day(cell: Cell) -> str:
    """Return a day as text; workbooks may give it a time at midnight."""
    return cell.date().isoformat() if isinstance(cell, datetime) else text_of(cell).strip()


def _moment(cells: Cells, day: str, clock: str) -> Cell:
    """Return what two columns say together; a day alone stays one."""
    said, time = _day(cells.get(day, "")), _text(cells, clock)
    if said and not time and isinstance(cells[day], date):
        return cells[day]
    return f"{said} {time}".strip()


def _clock(cells: Cells, *, has_clock: bool) -> dict[str, Cell]:
    return {"time": cells["start time"], "precision": Precision.TIME} if has_clock else {"precision": Precision.DAY}


def _place(cells: Cells) -> dict[str, Cell]:
    return {"venue": _text(cells, "venue"), "town": _text(cells, "city")}


def _venue(cells: Cells) -> dict[str, str]:
    """Return what is known of the venue beside its name and town. A country that we don't know is left out."""
    try:
        country = read_country(_text(cells, "country"))
    except Unreadable:
        country = ""
    longest: int = Venue._meta.get_field("postcode").max_length or 0  # noqa: SLF001 - Django documents it
    found = {"country": country, "postcode": _text(cells, "postal code")[:longest]}
    return {name: value for name, value in found.items() if value}


def _zone(cells: Cells) -> tuple[str, dict[str, Cell]]:
    """Return the zone's name, and the cell where it can't be read, for the row to be refused by."""
    text = _text(cells, "timezone")
    try:
        return (read_time_zone(text) if text else ""), {}
    except Unreadable:
        return "", {"time_zone": text}


def _uid(outlet: Outlet, cells: Cells, seen: Counter[str]) -> str:
    day = _day(cells.get("start date", cells.get("date", "")))
    parts = [_text(cells, "artist name"), _text(cells, "venue"), _text(cells, "city"), day]
    digest = sha256("\n".join(map(name_key, parts)).encode()).hexdigest()[:_UID_CHARACTERS]
    seen[digest] += 1
    return f"{outlet.key}-{digest}" + (f"-{seen[digest]}" if seen[digest] > 1 else "")


def _name_of(row: Row) -> str:
    return _("Row %(number)s") % {"number": row.number}
