"""Formats a gig's times for people: always in the venue's time zone.

Pages, emails and lists all use `gig_time()`, templates by the tag of the same name. A test enforces that.
"""

from __future__ import annotations

from datetime import date, datetime
from datetime import time as time_of_day
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from bandstand.content.languages import STYLES, Style, current
from bandstand.content.moments import DEFAULT_REGION, current_region
from bandstand.content.written_dates import formatted
from bandstand.database.connection import connection
from bandstand.gigs.models import Gig
from bandstand.organizations.time_zones import city_of

_PARTS = {"day-number": "j", "month": "F Y", "month-short": "", "weekday": "l", "weekday-short": "D", "zone": "T"}
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
    return f"{day}{STYLES[region].before_time}{time}" if time else day


def sale_time(gig: Gig) -> str:
    """Return from when on tickets are sold, on the clock of the venue; "" if that isn't known."""
    if gig.on_sale_at is None:
        return ""
    local, region = gig.on_sale_at.astimezone(gig.zone), _style_region()
    style = STYLES[region]
    return f"{_day(local, style.day, style)}{style.before_time}{_with_place(_time(local, region), gig, local)}"


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
    return formatted(local, _PARTS[style] or STYLES[_style_region()].month_short)


def _day(local: datetime, pattern: str, style: Style) -> str:
    """Return the day in one of the style's patterns; French writes the first of a month another way."""
    if local.day == 1 and style.first and "F" in pattern:
        pattern = pattern.replace("j", "".join(f"\\{letter}" for letter in style.first))
    return formatted(local, pattern)


def _days(gig: Gig, local: datetime, region: str, *, is_short: bool) -> str:
    if not gig.has_day:
        return _("%(month)s, date TBA") % {"month": formatted(local, "F Y")}
    style = STYLES[region]
    days = [local, gig.local_end] if gig.local_end and gig.lasts_days else [local]
    return f" {_TO} ".join(_day(day, style.short_day if is_short else style.day, style) for day in days)


def _span(gig: Gig, local: datetime, region: str) -> str:
    """Return from when to when, in whole hours where possible, as people write it (8-11 pm, 20-23 Uhr)."""
    end = gig.local_end
    if end is None or gig.lasts_days:
        return _time(local, region)
    style, in_hours = STYLES[region], local.minute == end.minute == 0
    first, last = (formatted(moment, style.hours if in_hours else style.minutes) for moment in (local, end))
    if not region.startswith("en"):
        # Where a time of hours and minutes has its "h" within, none follows.
        return f"{first}{_TO}{last}{style.after_span if in_hours or style.minutes != style.time else ''}"
    halves = [formatted(moment, "A") for moment in (local, end)]
    if region == "en-GB":
        halves = [half.lower() for half in halves]
    if halves[0] == halves[1]:
        return f"{first}{_TO}{last} {halves[1]}"
    return f"{first} {halves[0]} {_TO} {last} {halves[1]}"


def day_of_month() -> str:
    """Return the format of a day within its month (Fri 8)."""
    return STYLES[_style_region()].day_of_month


def table_day(day: date) -> str:
    """Return a day as tables of dates show it, with its weekday: "Fri 8 Jan 2027". It is read as it is written."""
    return formatted(day, STYLES[_style_region()].table_day)


def begins_on_sunday() -> bool:
    """Whether weeks begin on Sunday for whoever reads."""
    return _style_region() == "en-US"


def _style_region() -> str:
    """Return the date format to use: the language's own, or for English the portal's region."""
    styles = current().styles
    if len(styles) == 1:
        return next(iter(styles))
    region = current_region()
    return region if region in styles else DEFAULT_REGION


def _time(local: datetime, region: str) -> str:
    style = STYLES[region]
    time = formatted(local, style.full_hour if style.full_hour and local.minute == 0 else style.time)
    return time.lower() if region == "en-GB" else time


def _with_place(time: str, gig: Gig, local: datetime) -> str:
    portals = getattr(connection.tenant, "time_zone", None)
    if portals and local.astimezone(ZoneInfo(portals)).utcoffset() == local.utcoffset():
        return time
    return _("%(time)s (%(city)s time)") % {"time": time, "city": city_of(gig.time_zone)}
