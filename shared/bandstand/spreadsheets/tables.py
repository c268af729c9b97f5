"""A parsed spreadsheet: headings, rows, and cells with text or typed values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.utils.translation import gettext as _

WINDOWS_EPOCH = date(1899, 12, 30)  # day 0 of Excel's serial numbers, except in files from old Macs


class SpreadsheetError(ValueError):
    """The file can't be read. The message is for people."""


@dataclass(frozen=True)
class Flaw:
    """A cell without a usable value, with the reason as a sentence."""

    sentence: str


Cell = str | int | float | date | datetime | time | Flaw


@dataclass(frozen=True)
class Row:
    """A non-empty row. `number` is the one that spreadsheet programs show."""

    number: int
    cells: list[Cell]
    flaws: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A sheet. `rows` returns a new iterator over the rows below the headings on each call."""

    headings: list[str]
    rows: Callable[[], Iterator[Row]]
    count: int
    notices: list[str] = field(default_factory=list)
    epoch: date = WINDOWS_EPOCH


def text_of(cell: Cell) -> str:
    """Return the cell as text. Whole numbers have no decimals."""
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
    """Return the date and time of an Excel serial number. Raises ValueError outside the calendar."""
    try:
        moment = datetime.combine(epoch, time()) + timedelta(days=serial)
    except OverflowError:
        raise ValueError(_("This number is no date.")) from None
    return (moment + timedelta(milliseconds=500)).replace(microsecond=0)


def column_letters(place: int) -> str:
    """Return the letters of the column at this position, counted from 1."""
    letters = ""
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
