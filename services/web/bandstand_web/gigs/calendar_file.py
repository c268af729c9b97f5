"""A gig as an iCalendar file. Source: RFC 5545."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from bandstand.content.plain_text import one_line
from bandstand.content.rendering import plain_text
from bandstand.gigs.models import USUAL_LENGTH, Gig

_STATES = {Gig.Status.CANCELLED: "CANCELLED", Gig.Status.POSTPONED: "TENTATIVE"}
_LINE_BYTES = 75


def calendar_file(gig: Gig, *, url: str, language: str) -> str:
    """Return the file's text, with CRLF line ends. The end time is a guess, because gigs don't have one."""
    place = ", ".join(part for part in (gig.venue, gig.address, gig.town) if part)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Bandstand//Gigs//EN",
        "BEGIN:VEVENT",
        f"UID:{gig.uid}",  # whatever the portal's address: calendars know an event by it. Source: RFC 7986, 5.3
        f"DTSTAMP:{_utc(gig.updated_at)}",
        f"DTSTART:{_utc(gig.starts_at)}",
        f"DTEND:{_utc(gig.starts_at + USUAL_LENGTH)}",
        f"SUMMARY:{_escape(one_line(gig.headline))}",
        f"LOCATION:{_escape(one_line(place))}",
        f"DESCRIPTION:{_escape(plain_text(gig.notes, language=language))}",
        f"URL:{url}",
        f"STATUS:{_STATES.get(Gig.Status(gig.status), 'CONFIRMED')}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _escape(text: str) -> str:
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return "\\n".join(text.splitlines())


def _folded(line: str) -> Iterator[str]:
    """Yield lines of at most 75 bytes, never split within a character; all but the first start with a space."""
    part = ""
    for letter in line:
        if len((part + letter).encode()) > _LINE_BYTES:
            yield part
            part = " "
        part += letter
    yield part
