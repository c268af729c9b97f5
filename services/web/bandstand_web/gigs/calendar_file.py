"""Gigs as iCalendar: one as a file, all that matter as a calendar to subscribe to.

Sources: RFC 5545; RFC 7986 for a calendar's name, colour, picture and how often to ask again, most of which older
programs know by names that begin with X-.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urljoin

from django.utils.translation import gettext as _

from bandstand.content.plain_text import one_line
from bandstand.content.rendering import plain_text
from bandstand.gigs.models import Gig
from bandstand.gigs.showing_prices import minimum_age, shown_price
from bandstand.gigs.showing_times import clock_time, gig_time
from bandstand.gigs.withdrawn import WithdrawnGig
from bandstand.media.links import picture_url
from bandstand_web.gigs.calendar_zones import zone_lines
from bandstand_web.gigs.colour_names import nearest_name

_STATES = {Gig.Status.CANCELLED: "CANCELLED", Gig.Status.POSTPONED: "TENTATIVE"}
_LINE_BYTES = 75
_BITS, _WITHIN = 0b1100_0000, 0b1000_0000  # a byte within a character begins with 10. Source: RFC 3629, 3
_ASKED_AGAIN = "PT1H"


@dataclass(frozen=True)
class Calendar:
    """What is told of a calendar besides its gigs.

    `base`: the portal's address, without a slash at its end; `url`: the page with the same gigs; `picture`: the address
    of a PNG; `colour`: `#rrggbb`.
    """

    name: str
    url: str
    base: str
    language: str
    colour: str
    picture: str


@dataclass(frozen=True)
class Words:
    """What a calendar says of a gig that depends on who reads it. `status`: of RFC 5545, 3.8.1.11."""

    summary: str
    description: str
    url: str
    status: str
    picture: str = ""
    is_private: bool = False


def calendar_file(gig: Gig, *, url: str, language: str) -> str:
    """Return the file's text, with CRLF line ends. Where the end isn't known, it is a guess."""
    times = _days(gig) if not gig.has_time else (f"DTSTART:{_utc(gig.starts_at)}", f"DTEND:{_utc(gig.likely_end)}")
    words = Words(one_line(gig.headline), plain_text(gig.notes, language=language), url, status_of(gig))
    return _text([*_HEAD, *_event(gig, words, times=times), "END:VCALENDAR"])


def visitors_words(gig: Gig, calendar: Calendar) -> Words:
    """Return what everybody may read of `gig`."""
    postponed = gig.status == Gig.Status.POSTPONED
    state = _("Postponed") if postponed else _("Sold out") if gig.status == Gig.Status.SOLD_OUT else ""
    description = "\n".join(line for line in (state, *facts(gig, calendar.language, on_stage=_on_stage(gig))) if line)
    url = f"{calendar.base}{gig.get_absolute_url()}"
    picture = urljoin(f"{calendar.base}/", picture_url(gig.share_picture)) if gig.share_picture else ""
    return Words(one_line(gig.headline_of(gig.line_up)), description, url, status_of(gig), picture)


def calendar_feed(
    gigs: Iterable[Gig],
    calendar: Calendar,
    *,
    withdrawn: Iterable[WithdrawnGig] = (),
    told_by: Callable[[Gig, Calendar], Words] = visitors_words,
) -> str:
    """Return the calendar of `gigs` (from `for_calendars()`), at the clocks of their places.

    Those that were `withdrawn` are told as cancelled, by their identifier and time alone.
    """
    gigs, withdrawn = list(gigs), list(withdrawn)
    lines = [*_HEAD, *_about(calendar), *_zones([*gigs, *withdrawn])]
    for gig in gigs:
        lines += _event(gig, told_by(gig, calendar), times=_local_times(gig))
    for gone in withdrawn:
        lines += _cancellation(gone)
    return _text([*lines, "END:VCALENDAR"])


def _local_times(gig: Gig | WithdrawnGig) -> tuple[str, str]:
    if not gig.has_time:
        return _days(gig)
    start, end = gig.local_start, gig.likely_end.astimezone(gig.zone)
    return (
        f"DTSTART;TZID={gig.time_zone}:{start:%Y%m%dT%H%M%S}",
        f"DTEND;TZID={gig.time_zone}:{end:%Y%m%dT%H%M%S}",
    )


_HEAD = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Bandstand//Gigs//EN")


def _about(calendar: Calendar) -> list[str]:
    name = _escape(one_line(calendar.name))
    return [
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME:{name}",
        f"X-WR-CALNAME:{name}",
        f"URL:{calendar.url}",
        f"COLOR:{nearest_name(calendar.colour)}",
        f"X-APPLE-CALENDAR-COLOR:{calendar.colour}",
        f"IMAGE;VALUE=URI;DISPLAY=BADGE;FMTTYPE=image/png:{calendar.picture}",
        f"REFRESH-INTERVAL;VALUE=DURATION:{_ASKED_AGAIN}",
        f"X-PUBLISHED-TTL:{_ASKED_AGAIN}",
    ]


def _zones(gigs: list[Gig | WithdrawnGig]) -> Iterator[str]:
    years: dict[str, set[int]] = {}
    for gig in gigs:
        years.setdefault(gig.time_zone, set()).add(gig.starts_at.year)
    for zone, its_years in sorted(years.items()):
        yield from zone_lines(zone, min(its_years), max(its_years))


def _event(gig: Gig, words: Words, *, times: tuple[str, str]) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{gig.uid}"  # whatever the portal's address: calendars know an event by it. Source: RFC 7986, 5.3
    yield f"DTSTAMP:{_utc(gig.updated_at)}"
    yield f"LAST-MODIFIED:{_utc(gig.updated_at)}"
    yield f"SEQUENCE:{gig.sequence}"
    yield from times
    yield f"SUMMARY:{_escape(words.summary)}"
    yield f"LOCATION:{_escape(one_line(gig.where))}"
    if (place := gig.place) and place.latitude is not None and place.longitude is not None:
        yield f"GEO:{place.latitude};{place.longitude}"
    if words.description:
        yield f"DESCRIPTION:{_escape(words.description)}"
    yield f"URL:{words.url}"
    if names := [_escape(one_line(band.name)) for band in gig.line_up]:
        yield f"CATEGORIES:{','.join(names)}"
    if words.picture:
        yield f"IMAGE;VALUE=URI;DISPLAY=FULLSIZE;FMTTYPE=image/jpeg:{words.picture}"
    if words.is_private:
        yield "CLASS:PRIVATE"
    yield f"STATUS:{words.status}"
    yield "END:VEVENT"


def _cancellation(gone: WithdrawnGig) -> Iterator[str]:
    """Yield what programs need to strike out an event that they know, and no word of the gig."""
    yield "BEGIN:VEVENT"
    yield f"UID:{gone.gig}"
    yield f"DTSTAMP:{_utc(gone.withdrawn_at)}"
    yield f"LAST-MODIFIED:{_utc(gone.withdrawn_at)}"
    yield f"SEQUENCE:{gone.sequence}"
    yield from _local_times(gone)
    summary = _("No longer listed")
    yield f"SUMMARY:{_escape(summary)}"
    yield "STATUS:CANCELLED"
    yield "END:VEVENT"


def status_of(gig: Gig) -> str:
    """Return a public gig's status for calendars."""
    return _STATES.get(Gig.Status(gig.status), "CONFIRMED")


def facts(gig: Gig, language: str, *, on_stage: list[str]) -> list[str]:
    """Return what somebody who looks at the calendar alone wants to know, a line each; some may be empty.

    `on_stage`: the lines that say when each band begins, as far as whoever reads it may know.
    """
    return [
        gig.status_note,
        _("Doors: %(time)s") % {"time": gig_time(gig, "time", doors=True)} if gig.doors_at and gig.has_time else "",
        *on_stage,
        _("Price: %(price)s") % {"price": price} if (price := shown_price(gig)) else "",
        _("Tickets: %(link)s") % {"link": gig.ticket_url} if gig.ticket_url and gig.takes_place else "",
        minimum_age(gig),
        plain_text(gig.notes, language=language) if gig.notes else "",
    ]


def _days(gig: Gig | WithdrawnGig) -> tuple[str, str]:
    """Return the whole days from first to last."""
    return f"DTSTART;VALUE=DATE:{gig.local_start:%Y%m%d}", f"DTEND;VALUE=DATE:{gig.day_after:%Y%m%d}"


def _on_stage(gig: Gig) -> list[str]:
    """Return a line with when each band goes on stage, in the order of the line-up, if that is known of any."""
    times = [f"{one_line(each.band.name)} {clock_time(each.on_stage_at)}" for each in gig.places if each.on_stage_at]
    return [_("On stage: %(times)s") % {"times": ", ".join(times)}] if times else []


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _escape(text: str) -> str:
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return "\\n".join(text.splitlines())


def _text(lines: Iterable[str]) -> str:
    return "".join(f"{line}\r\n" if _is_short(line) else _folded(line) for line in lines)


def _is_short(line: str) -> bool:
    """Whether it stands as it is, as nearly all do."""
    return len(line) <= _LINE_BYTES and line.isascii()


def _folded(line: str) -> str:
    """Return lines of at most 75 bytes, never split within a character; all but the first start with a space."""
    return "".join(f"{part}\r\n" for part in _parts(line.encode()))


def _parts(rest: bytes) -> Iterator[str]:
    while len(rest) > _LINE_BYTES:
        cut = _LINE_BYTES
        while rest[cut] & _BITS == _WITHIN:
            cut -= 1
        yield rest[:cut].decode()
        rest = b" " + rest[cut:]
    yield rest.decode()
