"""How much of a spreadsheet is read. Without Django: the process that reads one knows no settings."""

from __future__ import annotations

MAX_BYTES = 10 * 1024 * 1024
MAX_ROWS = 20_000
MAX_COLUMNS = 300
MAX_CELL_CHARACTERS = 30_000  # less than what Excel can hold
