"""The admin's CSV and XLSX exports, safe to open; and a check of an uploaded file's first bytes.

Nothing here reads a spreadsheet: the worker does that in a confined process (ADR 36).
"""

from __future__ import annotations

from typing import Any

import tablib
from django.utils.translation import gettext as _
from import_export.formats import base_formats

from bandstand.spreadsheets.cells import to_cell

SNIFFED_BYTES = 512


def refusal_of(head: bytes) -> str:
    """Return why a file with these first bytes is refused and what to do, or "". Source: the formats' magic numbers."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _(
            "This workbook has a password, or it is in Excel's old format (XLS). Please save it as XLSX without a"
            " password."
        )
    if text.startswith((b"<!doctype html", b"<html", b"<table", b"<meta", b"<head")):
        return _(
            "This is a web page, even if it is called a spreadsheet. Please open it in your spreadsheet program and"
            " save it as XLSX."
        )
    if text.startswith((b"<?xml", b"<workbook", b"<svg")):
        return _("This is an XML file. Please open it in your spreadsheet program and save it as XLSX.")
    if head.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"{\\rtf", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")):
        return _("This is not a spreadsheet. Please choose a CSV or XLSX file.")
    return ""


def _written(dataset: tablib.Dataset) -> tablib.Dataset:
    safe = tablib.Dataset(headers=dataset.headers)
    for row in dataset:
        safe.append([to_cell(cell) for cell in row])
    return safe


class _WriteOnly:
    """A format that is only written, never read."""

    def can_import(self) -> bool:
        return False

    def create_dataset(self, in_stream: Any, **_kwargs: Any) -> tablib.Dataset:
        """Raise NotImplementedError."""
        raise NotImplementedError("Spreadsheets are read by the worker, in a confined process.")


class CSV(_WriteOnly, base_formats.CSV):
    """Comma-separated text."""

    def export_data(self, dataset: tablib.Dataset, **kwargs: Any) -> Any:
        return super().export_data(_written(dataset), **kwargs)


class XLSX(_WriteOnly, base_formats.XLSX):
    """A workbook of one sheet."""

    def export_data(self, dataset: tablib.Dataset, **kwargs: Any) -> Any:
        return super().export_data(_written(dataset), **kwargs)
