"""A gig as an item of a feed: its date stands in the title, because readers show when an item was written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from bandstand.content.plain_text import one_line
from bandstand.content.rendering import render_markdown
from bandstand.gigs.models import Gig
from bandstand.gigs.showing_prices import shown_price
from bandstand.gigs.showing_times import gig_time


@dataclass(frozen=True)
class FeedItem:
    """What all kinds of feeds say of one gig. Moments are aware."""

    id: str
    url: str
    title: str
    html: SafeString
    created: datetime
    changed: datetime
    bands: list[str]
    gig: dict[str, str]

    def as_json(self) -> dict[str, Any]:
        """Return the item of a JSON Feed. `_gig` is an extension, as the format provides for them."""
        return {
            "id": self.id,
            "url": self.url,
            "title": self.title,
            "content_html": self.html,
            "date_published": self.created.isoformat(),
            "date_modified": self.changed.isoformat(),
            "tags": self.bands,
            "_gig": self.gig,
        }


def feed_item(gig: Gig, *, base: str) -> FeedItem:
    """Return the item of `gig` (from `for_visitors()`), in the current language.

    `base`: the portal's address, without a slash at its end.
    """
    status = "" if gig.status == Gig.Status.SCHEDULED else gig.get_status_display()
    lines = [gig_time(gig), gig.where, ": ".join(filter(None, [status, gig.status_note])), shown_price(gig)]
    facts = format_html_join("", "<p>{}</p>", ((line,) for line in lines if line))
    bands = gig.line_up
    headline = one_line(gig.headline_of(bands))
    notes = render_markdown(gig.notes, language=gig.language_of("notes")) if gig.notes else ""
    return FeedItem(
        id=f"urn:uuid:{gig.uid}",  # whatever the portal's address. Source: RFC 4122, 3
        url=f"{base}{gig.get_absolute_url()}",
        title=", ".join(filter(None, [f"{gig_time(gig, 'day')}: {headline}", one_line(gig.town)]))
        + (f" ({status})" if status else ""),
        html=format_html("{}{}", facts, notes),
        created=gig.created_at,
        changed=gig.updated_at,
        bands=[band.name for band in bands],
        gig={
            "name": headline,
            "start": gig_time(gig, "machine"),
            "end": gig.local_end.isoformat() if gig.local_end and gig.has_time else "",
            "time_zone": gig.time_zone,
            "venue": gig.venue,
            "address": gig.address,
            "town": gig.town,
            "status": gig.status,
            "tickets": gig.ticket_url,
        },
    )
