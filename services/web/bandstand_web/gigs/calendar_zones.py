"""A time zone as calendars want to have it. Source: RFC 5545, 3.6.5.

Written out change by change for the years that matter, without rules: they hold whatever a country decides later.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
_EXACT = timedelta(minutes=1)


@functools.lru_cache(maxsize=512)
def zone_lines(name: str, first_year: int, last_year: int) -> tuple[str, ...]:
    """Return the VTIMEZONE of `name`, which is right for both years and all between them."""
    zone = ZoneInfo(name)
    start = datetime(first_year, 1, 1, tzinfo=UTC) - _DAY
    end = datetime(last_year + 1, 1, 1, tzinfo=UTC) + _DAY
    offset = start.astimezone(zone).utcoffset() or timedelta()
    lines = ["BEGIN:VTIMEZONE", f"TZID:{name}", *_observance(zone, start, offset)]
    for moment in _changes(zone, start, end):
        lines += _observance(zone, moment, offset)
        offset = moment.astimezone(zone).utcoffset() or timedelta()
    return (*lines, "END:VTIMEZONE")


def _changes(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[datetime]:
    """Yield each moment at which the zone's offset becomes another."""
    before = start
    while before < end:
        after = before + _DAY
        if before.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset():
            yield _moment_of_change(zone, before, after)
        before = after


def _moment_of_change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    old = before.astimezone(zone).utcoffset()
    while after - before > _EXACT:
        middle = before + (after - before) / 2
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after.replace(second=0, microsecond=0)


def _observance(zone: ZoneInfo, moment: datetime, before: timedelta) -> list[str]:
    """Return what holds from `moment` on. Its start is told by the clock that was right until then."""
    local = moment.astimezone(zone)
    kind = "DAYLIGHT" if local.dst() else "STANDARD"
    onset = (moment + before).replace(tzinfo=None)
    return [
        f"BEGIN:{kind}",
        f"DTSTART:{onset:%Y%m%dT%H%M%S}",
        f"TZOFFSETFROM:{_signed(before)}",
        f"TZOFFSETTO:{_signed(local.utcoffset() or timedelta())}",
        f"TZNAME:{local.tzname()}",
        f"END:{kind}",
    ]


def _signed(offset: timedelta) -> str:
    minutes = round(offset.total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02}{rest:02}"
