"""Formats a gig's times for people: always in the venue's time zone.

Pages, emails and lists all use `gig_time()`, templates by the tag of the same name. A test enforces that.
"""

from __future__ import annotations

from datetime import date, datetime
from datetime import time as time_of_day
from zoneinfo import ZoneInfo

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from bandstand.content.moments import DEFAULT_REGION, current_region
from bandstand.content.written_dates import formatted
from bandstand.database.connection import connection
from bandstand.gigs.models import Gig
from bandstand.organizations.time_zones import city_of

# Formats of Django's date filter; the portal's region decides between the English ones.
_DAYS = {"en-GB": "D j M Y", "en-US": "D, M j, Y", "de": "D., j. F Y"}
_SHORT_DAYS = {"en-GB": "j M Y", "en-US": "M j, Y", "de": "d.m.Y"}
_TIMES = {"en-GB": "g:i A", "en-US": "g:i A", "de": "H:i \\U\\h\\r"}
# The ends of a span: in whole hours where both are some.
_HOURS = {"en-GB": "g", "en-US": "g", "de": "G"}
_MINUTES = {"en-GB": "g:i", "en-US": "g:i", "de": "H:i"}
_PARTS = {"day-number": "j", "month": "F Y", "month-short": "M Y", "weekday": "l", "weekday-short": "D", "zone": "T"}
_STYLES = frozenset({"moment", "short", "day", "time", "span", "machine", *_PARTS})
_TO = "\N{EN DASH}"


def gig_time(gig: Gig, style: str = "moment", *, doors: bool = False) -> str:
    """Return when the gig starts, or its doors open; "" if that isn't known.

    `style`: "moment" (Fri 8 Jan 2027, 8:00 pm), "short" (8 Jan 2027, 8:00 pm), "day", "time", "span" (8 to 11 pm),
    "machine" (ISO 8601) or a part of the date. Times name the city if its time differs from the portal's. Of a whole
    day the days are told without times, of a date to be announced the month.
    """
    if style not in _STYLES:
        raise ValueError(f"{style!r} is none of {sorted(_STYLES)}")
    local = gig.local_doors if doors else gig.local_start
    if local is None or (doors and not gig.has_time):
        return ""
    if style == "machine":
        return local.isoformat() if gig.has_time else local.strftime("%Y-%m-%d" if gig.has_day else "%Y-%m")
    if style in _PARTS:
        return _part(gig, local, style)
    region = _style_region()
    time = _span(gig, local, region) if style == "span" else _time(local, region)
    time = _with_place(time, gig, local) if gig.has_time and style != "day" else ""
    if style in {"time", "span"}:
        return time
    day = _days(gig, local, region, is_short=style == "short")
    return f"{day}, {time}" if time else day


def sale_time(gig: Gig) -> str:
    """Return from when on tickets are sold, on the clock of the venue; "" if that isn't known."""
    if gig.on_sale_at is None:
        return ""
    local, region = gig.on_sale_at.astimezone(gig.zone), _style_region()
    return f"{formatted(local, _DAYS[region])}, {_with_place(_time(local, region), gig, local)}"


def clock_time(time: time_of_day) -> str:
    """Return a time of the venue's clock (8:00 pm)."""
    return _time(datetime.combine(date.min, time), _style_region())


def _part(gig: Gig, local: datetime, style: str) -> str:
    if style == "zone" and not gig.has_time:
        return ""
    if not gig.has_day and style == "day-number":
        return "?"
    if not gig.has_day and style.startswith("weekday"):
        return _("date TBA")
    return formatted(local, _PARTS[style])


def _days(gig: Gig, local: datetime, region: str, *, is_short: bool) -> str:
    if not gig.has_day:
        return _("%(month)s, date TBA") % {"month": formatted(local, "F Y")}
    style = (_SHORT_DAYS if is_short else _DAYS)[region]
    days = [local, gig.local_end] if gig.local_end and gig.lasts_days else [local]
    return f" {_TO} ".join(formatted(day, style) for day in days)


def _span(gig: Gig, local: datetime, region: str) -> str:
    """Return from when to when, in whole hours where possible, as people write it (8-11 pm, 20-23 Uhr)."""
    end = gig.local_end
    if end is None or gig.lasts_days:
        return _time(local, region)
    style = (_HOURS if local.minute == end.minute == 0 else _MINUTES)[region]
    first, last = formatted(local, style), formatted(end, style)
    if region == "de":
        return f"{first}{_TO}{last} Uhr"
    halves = [formatted(moment, "A") for moment in (local, end)]
    if region == "en-GB":
        halves = [half.lower() for half in halves]
    if halves[0] == halves[1]:
        return f"{first}{_TO}{last} {halves[1]}"
    return f"{first} {halves[0]} {_TO} {last} {halves[1]}"


def begins_on_sunday() -> bool:
    """Whether weeks begin on Sunday for whoever reads."""
    return _style_region() == "en-US"


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
