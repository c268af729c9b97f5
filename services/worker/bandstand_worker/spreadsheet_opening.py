"""Opens an uploaded spreadsheet: a confined child process reads it, and this module interprets the child's output."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bandstand.spreadsheets.bounds import MAX_CELL_CHARACTERS, MAX_COLUMNS, MAX_ROWS
from bandstand.spreadsheets.cells import from_cell
from bandstand.spreadsheets.tables import (
    WINDOWS_EPOCH,
    Cell,
    Flaw,
    Row,
    SpreadsheetError,
    Table,
    column_letters,
    text_of,
)
from bandstand_worker import spreadsheet_reading
from bandstand_worker.confining import ConfinedError, Limits, confined

# A file of 20,000 rows takes 5 to 10 of these seconds and 150 MB.
LIMITS = Limits(memory=280 * 1024 * 1024, cpu_seconds=15, seconds=60, file_bytes=64 * 1024 * 1024)

_REFUSALS = {
    "rows": gettext_lazy("This table has more than %(rows)s rows. Please split it into several files."),
    "columns": gettext_lazy(
        "This table has more than %(columns)s columns. Please delete what stands far to the right, at %(place)s."
    ),
    "text": gettext_lazy(
        "This file is not a table that we can read: in row %(row)s a quotation mark is missing, or there is one too"
        " many. Please save it again as CSV or XLSX."
    ),
    "encoding": gettext_lazy("We can't read the letters of this file. Please save it as “CSV UTF-8” or as XLSX."),
    "workbook": gettext_lazy(
        "This isn't a workbook we can read. Please open it in your spreadsheet program and save it as XLSX."
    ),
    "opendocument": gettext_lazy("This is an OpenDocument file. Please save it as XLSX or CSV."),
    "binary_workbook": gettext_lazy("This is a binary workbook (XLSB). Please save it as XLSX."),
    "numbers": gettext_lazy("This is a document of Numbers. Please export it as Excel (XLSX) or CSV."),
    "no_sheet": gettext_lazy("All sheets of this workbook are hidden. Please show the one to import."),
}


@contextmanager
def opened(path: Path, *, step: Callable[[], None]) -> Iterator[Table]:
    """Yield the table in the file at `path`. Raises SpreadsheetError."""
    try:
        with confined(spreadsheet_reading.__name__, [str(path)], limits=LIMITS, step=step) as printed:
            yield table_of(printed)
    except ConfinedError as problem:
        raise SpreadsheetError(str(problem)) from None


def table_of(printed: IO[bytes]) -> Table:
    """Return the table that the child printed. Raises SpreadsheetError where it refused the file."""
    count, last = 0, b"{}"
    for line in printed:
        count, last = count + 1, line
    about: dict[str, Any] = json.loads(last)
    if "refusal" in about:
        raise SpreadsheetError(_refusal(about))
    merged: list[tuple[int, int, str]] = [(first, last, name) for first, last, name in about.get("merged", [])]

    def rows() -> Iterator[Row]:
        printed.seek(0)
        for _place, line in zip(range(count - 1), printed, strict=False):
            number, cells = json.loads(line)
            yield Row(number, [_cell(cell) for cell in cells], _merged_in(number, merged))

    header = next(rows(), None)
    if header is None:
        raise SpreadsheetError(_("This table is empty. The first row has to hold the names of the columns."))

    def below() -> Iterator[Row]:
        return (row for row in rows() if row.number != header.number)

    return Table(
        headings=[text_of(cell) for cell in header.cells],
        rows=below,
        count=count - 2,
        notices=list(_notices(about)),
        epoch=date.fromisoformat(about["epoch"]) if "epoch" in about else WINDOWS_EPOCH,
    )


def _refusal(about: dict[str, Any]) -> str:
    place = f"{column_letters(about['column'])}{about['row']}" if "column" in about else ""
    words = {"rows": f"{MAX_ROWS:,}", "columns": MAX_COLUMNS, "row": about.get("row", ""), "place": place}
    return str(_REFUSALS[about["refusal"]]) % words


def _cell(cell: Any) -> Cell:
    if isinstance(cell, str):
        return from_cell(cell)
    ((kind, value),) = [(kind, cell[kind]) for kind in ("number", "date", "moment", "time", "problem") if kind in cell]
    readers: dict[str, Callable[[Any], Cell]] = {
        "number": lambda number: number,
        "date": date.fromisoformat,
        "moment": datetime.fromisoformat,
        "time": time.fromisoformat,
        "problem": lambda problem: Flaw(_flaw(problem, cell.get("value", ""))),
    }
    return readers[kind](value)


def _flaw(problem: str, value: str) -> str:
    if problem == "formula":
        return _("This formula has no result yet. Open the file in your spreadsheet program, save it and try again.")
    if problem == "long":
        return _("This cell holds more than %(most)s characters.") % {"most": f"{MAX_CELL_CHARACTERS:,}"}
    return _("This formula ends in the error %(error)s.") % {"error": value}


def _merged_in(row: int, merged: list[tuple[int, int, str]]) -> tuple[str, ...]:
    return tuple(
        _("The cells %(cells)s are merged. Please unmerge them and fill in each one.") % {"cells": name}
        for first, last, name in merged
        if first <= row <= last
    )


def _notices(about: dict[str, Any]) -> Iterator[str]:
    if about.get("encoding"):
        yield _("The file doesn't say how its letters are stored. Please check umlauts and accents below.")
    if about.get("unread"):
        words = {"sheet": about["sheet"], "others": ", ".join(about["unread"])}
        yield _("Only the first sheet, “%(sheet)s”, is imported. Not imported: %(others)s.") % words
    if about.get("hidden"):
        yield _("Hidden sheets are not imported: %(sheets)s.") % {"sheets": ", ".join(about["hidden"])}
