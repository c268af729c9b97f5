"""A spreadsheet as it was read: headings, rows, and cells that are text or a value of their own kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.utils.translation import gettext as _

WINDOWS_EPOCH = date(1899, 12, 30)  # day 0 of Excel's serial numbers, but for files made by old Macs


class SpreadsheetError(ValueError):
    """The file can't be read; the message is for people."""


@dataclass(frozen=True)
class Flaw:
    """A cell that holds no value: the sentence says why."""

    sentence: str


Cell = str | int | float | date | datetime | time | Flaw


@dataclass(frozen=True)
class Row:
    """One row that holds anything. `number` is the one that spreadsheet programs show."""

    number: int
    cells: list[Cell]
    flaws: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A sheet: `rows` gives those below the headings anew each time it is called."""

    headings: list[str]
    rows: Callable[[], Iterator[Row]]
    count: int
    notices: list[str] = field(default_factory=list)
    epoch: date = WINDOWS_EPOCH


def text_of(cell: Cell) -> str:
    """Return the cell as people read it. A whole number has no decimals."""
    if isinstance(cell, Flaw):
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "minutes")
    if isinstance(cell, time):
        return cell.isoformat("minutes")
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)


def moment_of_serial(serial: float, epoch: date) -> datetime:
    """Return the date and time that Excel means by a number of days. Raises ValueError outside the calendar."""
    try:
        moment = datetime.combine(epoch, time()) + timedelta(days=serial)
    except OverflowError:
        raise ValueError(_("This number is no date.")) from None
    return (moment + timedelta(milliseconds=500)).replace(microsecond=0)


def column_letters(place: int) -> str:
    """Return what spreadsheet programs call the column at this place, counted from 1."""
    letters = ""
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
