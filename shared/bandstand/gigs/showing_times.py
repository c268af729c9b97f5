"""Formats a gig's times for people: always in the venue's time zone.

Pages, emails and lists all use `gig_time()`, templates by the tag of the same name. A test enforces that.
"""

from __future__ import annotations

from datetime import date, datetime
from datetime import time as time_of_day
from zoneinfo import ZoneInfo

from django.utils.dateformat import format as formatted
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from bandstand.content.moments import DEFAULT_REGION, current_region
from bandstand.database.connection import connection
from bandstand.gigs.models import Gig
from bandstand.organizations.time_zones import city_of

# Formats of Django's date filter; the portal's region decides between the English ones.
_DAYS = {"en-GB": "D j M Y", "en-US": "D, M j, Y", "de": "D., j. F Y"}
_SHORT_DAYS = {"en-GB": "j M Y", "en-US": "M j, Y", "de": "d.m.Y"}
_TIMES = {"en-GB": "g:i A", "en-US": "g:i A", "de": "H:i \\U\\h\\r"}
_PARTS = {"day-number": "j", "month": "F Y", "month-short": "M Y", "weekday": "l", "weekday-short": "D", "zone": "T"}
_STYLES = frozenset({"moment", "short", "day", "time", "machine", *_PARTS})


def gig_time(gig: Gig, style: str = "moment", *, doors: bool = False) -> str:
    """Return when the gig starts, or its doors open; "" if that isn't known.

    `style`: "moment" (Fri 8 Jan 2027, 8:00 pm), "short" (8 Jan 2027, 8:00 pm), "day", "time", "machine" (ISO 8601) or a
    part of the date. Times name the city if its time differs from the portal's.
    """
    if style not in _STYLES:
        raise ValueError(f"{style!r} is none of {sorted(_STYLES)}")
    local = gig.local_doors if doors else gig.local_start
    if local is None:
        return ""
    if style == "machine":
        return local.isoformat()
    if style in _PARTS:
        return formatted(local, _PARTS[style])
    region = _style_region()
    day = formatted(local, (_SHORT_DAYS if style == "short" else _DAYS)[region])
    if style == "day":
        return day
    time = _with_place(_time(local, region), gig, local)
    return time if style == "time" else f"{day}, {time}"


def clock_time(time: time_of_day) -> str:
    """Return a time of the venue's clock (8:00 pm)."""
    return _time(datetime.combine(date.min, time), _style_region())


def _style_region() -> str:
    """Return the date format to use: the language's own, or for English the portal's region."""
    language = (get_language() or "en").partition("-")[0]
    if language in _DAYS:
        return language
    region = current_region()
    return region if region in _DAYS and region.startswith("en") else DEFAULT_REGION


def _time(local: datetime, region: str) -> str:
    time = formatted(local, _TIMES[region])
    return time.lower() if region == "en-GB" else time


def _with_place(time: str, gig: Gig, local: datetime) -> str:
    portals = getattr(connection.tenant, "time_zone", None)
    if portals and local.astimezone(ZoneInfo(portals)).utcoffset() == local.utcoffset():
        return time
    return _("%(time)s (%(city)s time)") % {"time": time, "city": city_of(gig.time_zone)}
