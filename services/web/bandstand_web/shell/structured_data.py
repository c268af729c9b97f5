"""Bands and gigs as JSON-LD for search engines. Source: https://schema.org/MusicGroup, https://schema.org/MusicEvent."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urljoin

from django.utils.safestring import SafeString, mark_safe

from bandstand.bands.models import Band
from bandstand.content.plain_text import one_line
from bandstand.gigs.models import Gig

# Text containing "</script>" must not close the element.
_ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}
_STATES = {
    Gig.Status.CANCELLED: "https://schema.org/EventCancelled",
    Gig.Status.POSTPONED: "https://schema.org/EventPostponed",
}


def music_group(band: Band, *, base: str) -> SafeString:
    """Return the JSON-LD for `band` (from `for_page()`), safe in a script element; `base` is the portal's URL."""
    return _script(
        {
            "@type": "MusicGroup",
            "name": band.name,
            "url": urljoin(base, band.get_absolute_url()),
            "description": band.description,
            "image": urljoin(base, band.poster.url) if band.poster and band.poster.url else "",
            "genre": [genre.name for genre in band.genres.all()],
            "foundingDate": str(band.formed) if band.formed else "",
            "dissolutionDate": str(band.ended) if band.ended else "",
            "foundingLocation": {"@type": "Place", "name": band.town} if band.town else "",
            "member": [
                {"@type": "Person", "name": member.name} for member in band.members.all() if not member.is_former
            ],
            "sameAs": [link.url for link in band.links.all()],
        }
    )


def music_event(gig: Gig, *, base: str) -> SafeString:
    """Return the JSON-LD for `gig` (from `for_visitors()`), safe in a script element."""
    address = ", ".join(part for part in (gig.address, gig.town) if part)
    doors = gig.local_doors
    return _script(
        {
            "@type": "MusicEvent",
            "name": gig.headline,
            "url": urljoin(base, gig.get_absolute_url()),
            "startDate": gig.local_start.isoformat(),
            "doorTime": doors.isoformat() if doors else "",
            "eventStatus": _STATES.get(Gig.Status(gig.status), "https://schema.org/EventScheduled"),
            "location": {"@type": "MusicVenue", "name": gig.venue, "address": address},
            "performer": [
                {"@type": "MusicGroup", "name": band.name, "url": urljoin(base, band.get_absolute_url())}
                for band in gig.line_up
            ],
            "offers": {"@type": "Offer", "url": gig.ticket_url, "availability": _availability(gig)}
            if gig.ticket_url
            else "",
        }
    )


def _availability(gig: Gig) -> str:
    return f"https://schema.org/{'SoldOut' if gig.status == Gig.Status.SOLD_OUT else 'InStock'}"


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _script(data: dict[str, Any]) -> SafeString:
    said = {name: _plain(value) for name, value in data.items() if value}
    text = json.dumps({"@context": "https://schema.org", **said}, ensure_ascii=False)
    return mark_safe(text.translate(_ESCAPES))  # noqa: S308 # nosec B308, B703 # nothing in it can end the element
