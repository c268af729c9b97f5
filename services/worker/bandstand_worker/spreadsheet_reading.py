"""Reads one untrusted spreadsheet, CSV or XLSX. `confining` runs it in a process of its own, with the file as argument.

It prints a line of JSON for each non-empty row, `[number, [cell, …]]`, numbered as spreadsheet programs number it,
and at the end the metadata for `bandstand_worker.spreadsheet_opening`, or `{"refusal": reason}`. A cell is text,
trimmed and without control characters, or an object that tells the type of its value.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from bandstand.content.plain_text import clean_text
from bandstand.spreadsheets.bounds import MAX_CELL_CHARACTERS, MAX_COLUMNS, MAX_ROWS
from bandstand_worker.text_decoding import UndecodableError, decoded

Cell = str | dict[str, Any]
Rows = Iterator[tuple[int, list[Cell]]]

_MERGED_TOLD = 500
_SHEETS_TOLD = 5
_DELIMITERS = ",;\t|"
_EDGES = "\u200b\u200e\u200f\u2060\ufeff"
_SEPARATOR_LINE = re.compile("sep=(.)\r?\n?", re.IGNORECASE)
_LOOKED_AT = 4096


class RefusedSpreadsheetError(ValueError):
    """The file is refused, with the reason and its details."""

    def __init__(self, reason: str, **about: Any) -> None:
        super().__init__(reason)
        self.about = {"refusal": reason, **about}


def main(arguments: Sequence[str]) -> None:
    """Print the rows and the metadata, or the refusal."""
    path = Path(arguments[0])
    with path.open("rb") as file:
        head = file.read(4)
    read = _read_workbook if head.startswith(b"PK") else _read_text
    about: dict[str, Any] = {}
    try:
        for number, cells in _bounded(read(path, about)):
            sys.stdout.write(json.dumps([number, cells]) + "\n")
    except RefusedSpreadsheetError as refusal:
        about = refusal.about
    sys.stdout.write(json.dumps(about) + "\n")


def _bounded(rows: Rows) -> Rows:
    """Yield the non-empty rows. Raises RefusedError for too many rows or columns."""
    count = 0
    for number, cells in rows:
        while cells and cells[-1] == "":
            cells.pop()
        if not cells:
            continue
        if len(cells) > MAX_COLUMNS:
            raise RefusedSpreadsheetError("columns", row=number, column=len(cells))
        count += 1
        if count > MAX_ROWS + 1:
            raise RefusedSpreadsheetError("rows")
        yield number, cells


def _plain(text: str) -> Cell:
    text = clean_text(text).strip().strip(_EDGES).strip()
    return {"problem": "long"} if len(text) > MAX_CELL_CHARACTERS else text


# --- Text ------------------------------------------------------------------------------------------------------------


def _read_text(path: Path, about: dict[str, Any]) -> Rows:
    text = _decoded(path.read_bytes(), about)
    separator = _SEPARATOR_LINE.match(text)
    text = text[separator.end() :] if separator else text
    delimiter = separator[1] if separator else _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            yield number, [_plain(cell) for cell in cells]
    except csv.Error:
        raise RefusedSpreadsheetError("text", row=number + 1) from None


def _decoded(content: bytes, about: dict[str, Any]) -> str:
    """Return the text, and note if its encoding was guessed."""
    try:
        text, is_guessed = decoded(content)
    except UndecodableError:
        raise RefusedSpreadsheetError("encoding") from None
    if is_guessed:
        about["encoding"] = "cp1252"
    return text


def _delimiter(text: str) -> str:
    """Return the separator that occurs most often in the first line, outside quotes."""
    first = re.sub('"[^"]*"?', "", text.lstrip("\r\n")[:_LOOKED_AT]).lstrip("\r\n")
    line = re.split("[\r\n]", first, maxsplit=1)[0]
    return max(_DELIMITERS, key=line.count)


# --- Workbooks -------------------------------------------------------------------------------------------------------


def _read_workbook(path: Path, about: dict[str, Any]) -> Rows:
    _check_kind(path)
    from openpyxl import load_workbook  # noqa: PLC0415 - not needed for text files

    try:
        with path.open("rb") as file:
            book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
            yield from _rows_of(book, about)
    except (RefusedSpreadsheetError, MemoryError):
        raise
    except Exception as problem:  # openpyxl passes on whatever its parsers raise
        raise RefusedSpreadsheetError("workbook") from problem


def _check_kind(path: Path) -> None:
    """Raise RefusedError for ZIP archives that aren't XLSX, judged by their parts' names."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            kind = archive.read("mimetype")[:100] if "mimetype" in names else b""
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError):
        raise RefusedSpreadsheetError("workbook") from None
    if b"opendocument" in kind:
        raise RefusedSpreadsheetError("opendocument")
    if "xl/workbook.bin" in names:
        raise RefusedSpreadsheetError("binary_workbook")
    if names & {"Index/Document.iwa", "Index.zip"}:
        raise RefusedSpreadsheetError("numbers")
    if not any(name.startswith("xl/") for name in names):
        raise RefusedSpreadsheetError("workbook")


def _rows_of(book: Any, about: dict[str, Any]) -> Rows:
    sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    if not sheets:
        raise RefusedSpreadsheetError("no_sheet")
    sheet = sheets[0]
    about["hidden"] = [each.title for each in book.worksheets if each.sheet_state != "visible"][:_SHEETS_TOLD]
    about["unread"] = [each.title for each in sheets[1:]][:_SHEETS_TOLD]
    about["sheet"] = sheet.title
    about["epoch"] = book.epoch.date().isoformat()
    with sheet._get_source() as source:  # noqa: SLF001 - its public API shows neither formulas nor merged cells
        parser = _parser(book, sheet, source)
        for number, cells in parser.parse():
            yield number, _cells(cells, _shows_time(book))
        merged = parser.merged_cells.mergeCell if parser.merged_cells else []
        about["merged"] = [[each.min_row, each.max_row, each.coord] for each in merged[:_MERGED_TOLD]]


def _parser(book: Any, sheet: Any, source: Any) -> Any:
    """Return openpyxl's parser of one sheet, extended to mark formulas without a stored value."""
    from openpyxl.worksheet._reader import FORMULA_TAG, WorkSheetParser  # noqa: PLC0415

    class Parser(WorkSheetParser):  # type: ignore[misc] # it has no types
        def parse_cell(self, element: Any) -> Any:
            cell = super().parse_cell(element)
            if cell["value"] is None and element.find(FORMULA_TAG) is not None:
                cell["data_type"] = "f"
            return cell

        def parse_formatting(self, _element: Any) -> None:  # not needed
            pass

        parse_extensions = parse_formatting

    return Parser(
        source,
        sheet._shared_strings,  # noqa: SLF001
        data_only=True,
        epoch=book.epoch,
        date_formats=book._date_formats,  # noqa: SLF001
        timedelta_formats=book._timedelta_formats,  # noqa: SLF001
    )


def _cells(found: Iterable[dict[str, Any]], shows_time: Callable[[int], bool]) -> list[Cell]:
    cells: list[Cell] = []
    for cell in found:
        value = _value(cell, shows_time)
        if value == "":
            continue
        place = cell["column"]
        if place > MAX_COLUMNS:
            raise RefusedSpreadsheetError("columns", row=cell["row"], column=place)
        cells.extend("" for _missing in range(len(cells), place))
        cells[place - 1] = value
    return cells


def _value(cell: dict[str, Any], shows_time: Callable[[int], bool]) -> Cell:
    value, kind = cell["value"], cell["data_type"]
    if kind == "f":
        return {"problem": "formula"}
    if kind == "e":
        return {"problem": "error", "value": str(value)[:20]}
    if isinstance(value, bool) or value is None:
        return {None: "", True: "TRUE", False: "FALSE"}[value]
    if isinstance(value, int | float) and math.isfinite(value):
        return {"number": value}
    return _moment(value, cell["style_id"], shows_time) or _plain(str(value))


def _moment(value: Any, style: int, shows_time: Callable[[int], bool]) -> Cell | None:
    if isinstance(value, datetime):
        moment = (value + timedelta(milliseconds=500)).replace(microsecond=0)  # serials carry a rounding error
        if moment.time() == time() and not shows_time(style):
            return {"date": moment.date().isoformat()}
        return {"moment": moment.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, time):
        return {"time": value.replace(microsecond=0).isoformat()}
    return None


def _shows_time(book: Any) -> Callable[[int], bool]:
    """Return a function that tells whether a cell style shows a time of day."""
    from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE, is_datetime  # noqa: PLC0415

    def shows_time(style: int) -> bool:
        number = book._cell_styles[style].numFmtId  # noqa: SLF001
        own = number - BUILTIN_FORMATS_MAX_SIZE
        code = BUILTIN_FORMATS.get(number) if own < 0 else book._number_formats[own]  # noqa: SLF001
        return bool(is_datetime(code or "General") != "date")

    return shows_time
