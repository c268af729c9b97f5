"""Gigs for search engines. Source: https://schema.org/MusicEvent."""

from __future__ import annotations

from urllib.parse import urljoin

from django.utils.safestring import SafeString

from bandstand.gigs.models import Gig
from bandstand.gigs.showing_times import gig_time
from bandstand_web.shell.structured_data import json_ld

_STATES = {
    Gig.Status.CANCELLED: "https://schema.org/EventCancelled",
    Gig.Status.POSTPONED: "https://schema.org/EventPostponed",
}


def music_event(gig: Gig, *, base: str) -> SafeString:
    """Return the JSON-LD for `gig` (from `for_visitors()`), safe in a script element."""
    address = ", ".join(part for part in (gig.address, gig.town) if part)
    doors = gig.local_doors
    return json_ld(
        {
            "@type": "MusicEvent",
            "name": gig.headline,
            "url": urljoin(base, gig.get_absolute_url()),
            "startDate": gig_time(gig, "machine") if gig.has_day else "",
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
