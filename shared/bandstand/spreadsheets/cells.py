"""Escapes cells that a spreadsheet program would run as formulas, and unescapes them.

Sources: OWASP, "CSV Injection"; the apostrophe is how spreadsheet programs themselves mark a cell as text.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from datetime import date, datetime

from bandstand.content.plain_text import clean_text

# The start of a formula, also after apostrophes, so that the text "'=1" survives a round trip.
_STARTS_FORMULA = re.compile(
    "'*[=+\\-@\\t\\r\\n\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}"
    "\N{FULLWIDTH HYPHEN-MINUS}\N{FULLWIDTH COMMERCIAL AT}]"
)

_ENTRY = re.compile(r'\s*(?:"((?:[^"]|"")*)"\s*(?=[;\n]|\Z)|([^;\n]*))(?:[;\n]|\Z)')


def to_cell(value: object) -> object:
    """Return `value` for a cell: text that would start a formula gets an apostrophe in front."""
    if not isinstance(value, str):
        return value
    text = clean_text(value)  # old rows may contain characters that a workbook can't
    return f"'{text}" if _STARTS_FORMULA.match(text) else text


def from_cell(cell: object) -> str:
    """Return a cell's content as text, without the apostrophe that `to_cell` added."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    text = clean_text(str(cell))
    return text[1:] if text.startswith("'") and _STARTS_FORMULA.match(text) else text


def join_list(items: Iterable[str]) -> str:
    """Return several texts as one cell, "Doom; Jazz"; texts with a semicolon or a quote are quoted."""
    return "; ".join(_quoted(item) if re.search('[;"]', item) else item for item in items)


def split_list(cell: str) -> list[str]:
    """Return the non-empty texts of a cell that `join_list` or a person wrote."""
    texts = next(csv.reader([cell], delimiter=";", skipinitialspace=True), [])
    return [text.strip() for text in texts if text.strip()]


def split_entries(cell: str) -> list[str]:
    """Return the entries of a cell, separated by semicolons or line breaks, which quoted entries may contain."""
    entries = [quoted.replace('""', '"') or plain for quoted, plain in _ENTRY.findall(cell)]
    return [entry.strip() for entry in entries if entry.strip()]


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
