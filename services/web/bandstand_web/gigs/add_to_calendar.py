"""Links that open a gig as a new entry in a calendar on the web: plain addresses, no script of theirs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from urllib.parse import urlencode

from bandstand.content.plain_text import one_line
from bandstand.gigs.models import Gig

_ISO = "%Y-%m-%dT%H:%M:%SZ"
_MOST_TEXT = 600  # of the address; the page that it links to says the rest


@dataclass(frozen=True)
class CalendarLinks:
    """Where a gig is added to Google's calendar and to Outlook's."""

    google: str
    outlook: str


def calendar_links(gig: Gig, *, url: str) -> CalendarLinks:
    """Return the links for `gig` (from `for_visitors()`), whose page is at `url`."""
    start, end = gig.starts_at.astimezone(UTC), gig.likely_end.astimezone(UTC)
    if gig.has_time:
        dates, moments = f"{start:%Y%m%dT%H%M%SZ}/{end:%Y%m%dT%H%M%SZ}", (f"{start:{_ISO}}", f"{end:{_ISO}}")
    else:
        first, after = gig.local_start, gig.day_after
        dates, moments = f"{first:%Y%m%d}/{after:%Y%m%d}", (f"{first:%Y-%m-%d}", f"{after:%Y-%m-%d}")
    title, place = one_line(gig.headline)[:_MOST_TEXT], one_line(gig.where)[:_MOST_TEXT]
    google = {
        "action": "TEMPLATE",
        "text": title,
        "dates": dates,
        "ctz": gig.time_zone,
        "location": place,
        "details": url,
    }
    outlook = {
        "path": "/calendar/action/compose",
        "rru": "addevent",
        "subject": title,
        "startdt": moments[0],
        "enddt": moments[1],
        **({} if gig.has_time else {"allday": "true"}),
        "location": place,
        "body": url,
    }
    return CalendarLinks(
        google=f"https://calendar.google.com/calendar/render?{urlencode(google)}",
        outlook=f"https://outlook.live.com/calendar/0/deeplink/compose?{urlencode(outlook)}",
    )
