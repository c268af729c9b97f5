"""CSV and XLSX as the admin reads and writes them: bounded in size, safe to open, cells always text when read.

These are the only uploads that web opens itself, so that a preview can answer at once. What makes that bearable stands
here: few bytes, and an XLSX file is looked at as a ZIP archive first, which may not unpack to more than a bound.
"""

from __future__ import annotations

import csv
import io
import zipfile
from typing import Any

import tablib
from django.utils.translation import gettext as _
from import_export.formats import base_formats
from openpyxl.utils.exceptions import InvalidFileException

from bandstand.spreadsheets.cells import from_cell, to_cell

MAX_BYTES = 2 * 1024 * 1024
MAX_UNPACKED_BYTES = 30 * 1024 * 1024
MAX_ROWS = 2000
MAX_COLUMNS = 60
MAX_CELL_CHARACTERS = 30_000  # less than what Excel can hold
_ZIP_MAGIC = b"PK\x03\x04"


class SpreadsheetError(ValueError):
    """The file can't be read; the message is for people."""


def is_xlsx(head: bytes) -> bool:
    """Whether a file with these first bytes is to be read as XLSX; everything else is CSV."""
    return head.startswith(_ZIP_MAGIC)


def _bounded(rows: Any) -> tablib.Dataset:
    """Return `rows` as a dataset with the first one as headers. Raises SpreadsheetError where they are too many."""
    dataset = tablib.Dataset()
    for number, row in enumerate(rows):
        if number > MAX_ROWS:
            raise SpreadsheetError(_("Please import at most %(count)d rows at once.") % {"count": MAX_ROWS})
        cells = [from_cell(cell) for cell in row]
        if number == 0:
            dataset.headers = _headers(cells)
            continue
        if not any(cells):
            continue
        if any(len(cell) > MAX_CELL_CHARACTERS for cell in cells):
            raise SpreadsheetError(_("Row %(row)d holds a cell with too much text.") % {"row": number + 1})
        width = len(dataset.headers)
        dataset.append([*cells[:width], *[""] * (width - len(cells))])
    return dataset


def _headers(cells: list[str]) -> list[str]:
    headers = [cell.strip().lower() for cell in cells]
    while headers and not headers[-1]:
        headers.pop()
    if not headers or len(headers) > MAX_COLUMNS or len(set(headers)) < len(headers):
        raise SpreadsheetError(_("The first row has to hold the names of the columns, each once."))
    return headers


def _written(dataset: tablib.Dataset) -> tablib.Dataset:
    safe = tablib.Dataset(headers=dataset.headers)
    for row in dataset:
        safe.append([to_cell(cell) for cell in row])
    return safe


def _check_unpacked_size(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(part.file_size for part in archive.infolist()) > MAX_UNPACKED_BYTES:
            raise SpreadsheetError(_("This file unpacks to more than we can read."))


class CSV(base_formats.CSV):
    """Comma-separated text in UTF-8; read with semicolons or tabs as well, as some spreadsheet programs write it."""

    def create_dataset(self, in_stream: bytes | str, **_kwargs: Any) -> tablib.Dataset:
        """Return the file's rows. Raises SpreadsheetError."""
        try:
            text = in_stream if isinstance(in_stream, str) else in_stream.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise SpreadsheetError(_("Please save the file as “CSV UTF-8” or as XLSX.")) from None
        first = text.partition("\n")[0]
        delimiter = max(",;\t", key=first.count)
        try:
            return _bounded(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
        except csv.Error:
            raise SpreadsheetError(_("This file is not a table that we can read.")) from None

    def export_data(self, dataset: tablib.Dataset, **kwargs: Any) -> Any:
        """Return the file's content, formulas neutralized."""
        return super().export_data(_written(dataset), **kwargs)


class XLSX(base_formats.XLSX):
    """A workbook; its first sheet is read."""

    def create_dataset(self, in_stream: bytes) -> tablib.Dataset:
        """Return the first sheet's rows. Raises SpreadsheetError."""
        import openpyxl  # noqa: PLC0415 - takes a third of a second, which only an import should pay

        try:
            _check_unpacked_size(in_stream)
            sheet = openpyxl.load_workbook(io.BytesIO(in_stream), read_only=True, data_only=True).worksheets[0]
            return _bounded(sheet.iter_rows(values_only=True, max_row=MAX_ROWS + 2, max_col=MAX_COLUMNS + 1))
        except SpreadsheetError:
            raise
        except (zipfile.BadZipFile, InvalidFileException, KeyError, IndexError, ValueError, TypeError, SyntaxError):
            raise SpreadsheetError(_("This file is not a workbook that we can read.")) from None

    def export_data(self, dataset: tablib.Dataset, **kwargs: Any) -> Any:
        """Return the file's content, formulas neutralized."""
        return super().export_data(_written(dataset), **kwargs)
