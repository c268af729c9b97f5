"""Dates of gigs as people type or paste them: one line a gig, its cells apart by tabs, semicolons or commas.

With a line of headings the columns are those of an import; without one, each cell is what it reads as: a day, a time,
or else a name, the first of which is the venue and the last the town. Nothing is refused here: a cell that can't be
read stays as it was written, for whoever checks the table.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from bandstand.gigs.written_times import When, read_typed
from bandstand.spreadsheets.columns import Column, match_columns

MOST_DATES = 200
_MARKS = ("\t", ";", ",")
_USED = frozenset({"starts_at", "date", "time", "doors_at", "venue", "town"})
_ABBREVIATED_WEEKDAY = 12  # no longer is a cell that holds a weekday alone
_LEAST_HEADINGS = 2


@dataclass
class WrittenDate:
    """One gig of the table, as texts. `unused` are cells that have no place there."""

    date: str = ""
    start: str = ""
    doors: str = ""
    venue: str = ""
    town: str = ""
    unused: list[str] = field(default_factory=list)


def read_dates(text: str, columns: Sequence[Column]) -> list[WrittenDate]:
    """Return the gigs that `text` names, in its order. `columns` are those that headings may mean."""
    lines = [line for line in text.splitlines() if line.strip()]
    mark = next((each for each in _MARKS if any(each in line for line in lines)), ",")
    rows = [_cells(line, mark) for line in lines]
    if not rows:
        return []
    headings, below = _headings(rows[0], columns)
    if headings:
        return [_by_headings(headings, row) for row in rows[below:]]
    return [_by_content(_joined_weekdays(row)) for row in rows]


def _cells(line: str, mark: str) -> list[str]:
    """Return the cells of a line. In quotation marks a cell may hold the mark that separates cells."""
    found = re.findall(rf'(?:^|{mark})(?:[^\S\t]*"((?:[^"]|"")*)"[^\S\t]*(?={mark}|$)|([^{mark}]*))', line)
    return [(quoted.replace('""', '"') or plain).strip() for quoted, plain in found]


def _headings(row: Sequence[str], columns: Sequence[Column]) -> tuple[list[str], int]:
    """Return the columns' names if `row` holds headings, "" for what is unknown, and where the rows begin."""
    found, _unknown = match_columns(row, columns, {})
    names = [each.name if each else "" for each in found]
    if len(set(names) & _USED) < _LEAST_HEADINGS or any(_is_day(cell) for cell in row):
        return [], 0
    return names, 1


def _by_headings(names: Sequence[str], row: Sequence[str]) -> WrittenDate:
    made = WrittenDate()
    cells = [*zip(names, row, strict=False), *(("", extra) for extra in row[len(names) :])]
    for name, cell in cells:
        if not cell:
            continue
        if name in {"starts_at", "date", "time"}:
            _take_start(made, cell, is_time=name == "time")
        elif name in _USED:
            setattr(made, "doors" if name == "doors_at" else name, cell)
        else:
            made.unused.append(cell)
    return made


def _take_start(made: WrittenDate, cell: str, *, is_time: bool) -> None:
    """Put a cell where it belongs that holds a day, a time, or both."""
    when = when_written(cell)
    if when is not None and when.day and when.clock is not None:
        made.date, made.start = when.day.isoformat(), f"{when.clock:%H:%M}"
    elif is_time or (when is not None and when.clock is not None):
        made.start = cell
    else:
        made.date = cell


def _by_content(row: Sequence[str]) -> WrittenDate:
    made, clocks, names = WrittenDate(), [], []
    for cell in filter(None, row):
        when = when_written(cell)
        if when is None:
            names.append(cell)
        elif when.day and not made.date:
            _take_start(made, cell, is_time=False)
        elif when.clock is not None and not when.day:
            clocks.append((when.clock, cell))
        else:
            names.append(cell)
    if not made.date and names:
        made.date = names.pop(0)  # it is shown there, with what is wrong with it
    if clocks and not made.start:
        made.start = max(clocks)[1] if len(clocks) > 1 else clocks[0][1]
        clocks = [each for each in clocks if each[1] != made.start]
    if clocks:
        made.doors = clocks.pop(0)[1]
    if names:
        made.venue = names[0]
        made.town = names[-1] if len(names) > 1 else ""
    made.unused = [*names[1:-1], *(cell for _clock_, cell in clocks)]
    return made


def _joined_weekdays(row: Sequence[str]) -> list[str]:
    """Return the cells with a weekday joined to the date behind it: commas stand in "Fri, 8 January 2027" too."""
    cells: list[str] = []
    for cell in row:
        before = cells[-1] if cells else ""
        if before and len(before) <= _ABBREVIATED_WEEKDAY and not _is_day(before) and _is_day(f"{before} {cell}"):
            cells[-1] = f"{before} {cell}"
        else:
            cells.append(cell)
    return cells


def _is_day(text: str) -> bool:
    when = when_written(text)
    return when is not None and when.day is not None


def when_written(text: str) -> When | None:
    """Return what a cell says of a day or a time; None if it doesn't read as one."""
    try:
        when = read_typed(text)
    except ValueError:
        return None
    return when if when.day or when.clock is not None else None
