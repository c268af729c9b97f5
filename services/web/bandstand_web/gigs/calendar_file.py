"""Gigs as iCalendar: one as a file, all that matter as a calendar to subscribe to.

Sources: RFC 5545; RFC 7986 for a calendar's name, colour and how often to ask again, which older programs know by the
names that begin with X-.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext as _

from bandstand.content.plain_text import one_line
from bandstand.content.rendering import plain_text
from bandstand.gigs.models import Gig
from bandstand.gigs.showing_prices import minimum_age, shown_price
from bandstand.gigs.showing_times import clock_time, gig_time
from bandstand.gigs.timing import USUAL_LENGTH
from bandstand_web.gigs.calendar_zones import zone_lines

_STATES = {Gig.Status.CANCELLED: "CANCELLED", Gig.Status.POSTPONED: "TENTATIVE"}
_LINE_BYTES = 75
_BITS, _WITHIN = 0b1100_0000, 0b1000_0000  # a byte within a character begins with 10. Source: RFC 3629, 3
_ASKED_AGAIN = "PT1H"


@dataclass(frozen=True)
class Calendar:
    """What is told of a calendar besides its gigs.

    `base`: the portal's address, without a slash at its end; `url`: the page with the same gigs; `colour`: `#rrggbb`.
    """

    name: str
    url: str
    base: str
    language: str
    colour: str


def calendar_file(gig: Gig, *, url: str, language: str) -> str:
    """Return the file's text, with CRLF line ends. Where the end isn't known, it is a guess."""
    times = _days(gig) if not gig.has_time else (f"DTSTART:{_utc(gig.starts_at)}", f"DTEND:{_utc(_end(gig))}")
    description = plain_text(gig.notes, language=language)
    return _text([*_HEAD, *_event(gig, times=times, url=url, description=description), "END:VCALENDAR"])


def calendar_feed(gigs: Iterable[Gig], calendar: Calendar) -> str:
    """Return the calendar of `gigs` (from `for_calendars()`), at the clocks of their places."""
    gigs = list(gigs)
    lines = [*_HEAD, *_about(calendar), *_zones(gigs)]
    for gig in gigs:
        local, end = gig.local_start, _end(gig).astimezone(gig.zone)
        times = (
            f"DTSTART;TZID={gig.time_zone}:{local:%Y%m%dT%H%M%S}",
            f"DTEND;TZID={gig.time_zone}:{end:%Y%m%dT%H%M%S}",
        )
        if not gig.has_time:
            times = _days(gig)
        url = f"{calendar.base}{gig.get_absolute_url()}"
        lines += _event(gig, times=times, url=url, description=_told(gig, calendar.language))
    return _text([*lines, "END:VCALENDAR"])


_HEAD = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Bandstand//Gigs//EN")


def _about(calendar: Calendar) -> list[str]:
    name = _escape(one_line(calendar.name))
    return [
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME:{name}",
        f"X-WR-CALNAME:{name}",
        f"URL:{calendar.url}",
        f"X-APPLE-CALENDAR-COLOR:{calendar.colour}",
        f"REFRESH-INTERVAL;VALUE=DURATION:{_ASKED_AGAIN}",
        f"X-PUBLISHED-TTL:{_ASKED_AGAIN}",
    ]


def _zones(gigs: list[Gig]) -> Iterator[str]:
    years: dict[str, set[int]] = {}
    for gig in gigs:
        years.setdefault(gig.time_zone, set()).add(gig.starts_at.year)
    for zone, its_years in sorted(years.items()):
        yield from zone_lines(zone, min(its_years), max(its_years))


def _event(gig: Gig, *, times: tuple[str, str], url: str, description: str) -> Iterator[str]:
    bands = gig.line_up
    yield "BEGIN:VEVENT"
    yield f"UID:{gig.uid}"  # whatever the portal's address: calendars know an event by it. Source: RFC 7986, 5.3
    yield f"DTSTAMP:{_utc(gig.updated_at)}"
    yield f"LAST-MODIFIED:{_utc(gig.updated_at)}"
    yield f"SEQUENCE:{gig.sequence}"
    yield from times
    yield f"SUMMARY:{_escape(one_line(gig.headline_of(bands)))}"
    yield f"LOCATION:{_escape(one_line(gig.where))}"
    if gig.place and gig.place.latitude is not None and gig.place.longitude is not None:
        yield f"GEO:{gig.place.latitude};{gig.place.longitude}"
    if description:
        yield f"DESCRIPTION:{_escape(description)}"
    yield f"URL:{url}"
    if names := [_escape(one_line(band.name)) for band in bands]:
        yield f"CATEGORIES:{','.join(names)}"
    yield f"STATUS:{_STATES.get(Gig.Status(gig.status), 'CONFIRMED')}"
    yield "END:VEVENT"


def _told(gig: Gig, language: str) -> str:
    """Return what somebody who looks at the calendar alone wants to know."""
    postponed = gig.status == Gig.Status.POSTPONED
    lines = [
        _("Postponed") if postponed else _("Sold out") if gig.status == Gig.Status.SOLD_OUT else "",
        gig.status_note,
        _("Doors: %(time)s") % {"time": gig_time(gig, "time", doors=True)} if gig.doors_at and gig.has_time else "",
        _("On stage: %(times)s") % {"times": times} if (times := _set_times(gig)) else "",
        _("Price: %(price)s") % {"price": price} if (price := shown_price(gig)) else "",
        _("Tickets: %(link)s") % {"link": gig.ticket_url} if gig.ticket_url and gig.takes_place else "",
        minimum_age(gig),
        plain_text(gig.notes, language=language) if gig.notes else "",
    ]
    return "\n".join(line for line in lines if line)


def _end(gig: Gig) -> datetime:
    return gig.ends_at or gig.starts_at + USUAL_LENGTH


def _days(gig: Gig) -> tuple[str, str]:
    """Return the whole days from first to last. A calendar's end is the day after. Source: RFC 5545, 3.6.1."""
    after = (gig.local_end or gig.local_start) + timedelta(days=1)
    return f"DTSTART;VALUE=DATE:{gig.local_start:%Y%m%d}", f"DTEND;VALUE=DATE:{after:%Y%m%d}"


def _set_times(gig: Gig) -> str:
    """Return when each band goes on stage, as far as that is known, in the order of the line-up."""
    return ", ".join(
        f"{one_line(each.band.name)} {clock_time(each.on_stage_at)}"
        for each in gig.appearances.all()
        if each.on_stage_at
    )


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _escape(text: str) -> str:
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return "\\n".join(text.splitlines())


def _text(lines: Iterable[str]) -> str:
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _folded(line: str) -> Iterator[str]:
    """Yield lines of at most 75 bytes, never split within a character; all but the first start with a space."""
    rest = line.encode()
    while len(rest) > _LINE_BYTES:
        cut = _LINE_BYTES
        while rest[cut] & _BITS == _WITHIN:
            cut -= 1
        yield rest[:cut].decode()
        rest = b" " + rest[cut:]
    yield rest.decode()
