"""Days and times of gigs as cells of a table say them, in one column or in several."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bandstand.content.moments import Unreadable, current_region, read_date, read_local, read_moment, read_time
from bandstand.spreadsheets.tables import WINDOWS_EPOCH, Cell, moment_of_serial, text_of

_OFFSET = re.compile(r":[0-9]{2} ?(?:Z|[+-][0-9]{2}:?[0-9]{2})$")
_DAY = timedelta(days=1)
# A day between 1954 and 2199 as Excel counts them, where a cell lost its format.
_SERIAL = re.compile(r"([2-9][0-9]{4}|10[0-9]{4})(?:[.,]([0-9]+))?")


@dataclass
class When:
    """A day, a time, or both, as one cell says it; `moment` where it says how far the clock is from UTC."""

    day: date | None = None
    clock: time | None = None
    moment: datetime | None = None


def read_when(cell: Cell, *, epoch: date, region: str) -> When:
    """Return what a cell says. Raises Unreadable."""
    if isinstance(cell, datetime):
        return When(cell.date(), cell.time())
    if isinstance(cell, time):
        return When(clock=cell)
    if isinstance(cell, date):
        return When(cell)
    text = text_of(cell)
    if isinstance(cell, int | float):
        return _of_serial(float(cell), epoch)
    if _SERIAL.fullmatch(text):
        return _of_serial(float(text.replace(",", ".")), epoch)
    return _written(text, region) if text else When()


def read_typed(text: str) -> When:
    """Return what a text says that somebody typed or pasted into a form. Raises Unreadable."""
    return read_when(text, epoch=WINDOWS_EPOCH, region=current_region())


def doors_day(start: datetime, clock: time) -> date:
    """Return the day of doors that a time alone is said of: the start's, or the one before if they'd open after it."""
    return start.date() if clock <= start.time() else start.date() - _DAY


def end_day(start: datetime, clock: time) -> date:
    """Return the day of an end that a time alone is said of: the start's, or the next one if it isn't after it."""
    return start.date() if clock > start.time() else start.date() + _DAY


def _of_serial(serial: float, epoch: date) -> When:
    moment = moment_of_serial(serial, epoch)
    if 0 <= serial < 1:
        return When(clock=moment.time())
    return When(moment.date(), moment.time() if serial % 1 else None)


def _written(text: str, region: str) -> When:
    """Return what a text says: a day, a time, or first one and then the other."""
    if _OFFSET.search(text):
        return When(moment=read_moment(text, zone=ZoneInfo("UTC"), region=region))
    try:
        local = read_local(text, region=region)
    except Unreadable as problem:
        unreadable = problem
    else:
        return When(local.date(), local.time())
    try:
        return When(clock=read_time(text, region=region))
    except Unreadable:
        pass
    try:
        return When(read_date(text, region=region))
    except Unreadable:
        raise unreadable from None
