"""Limits for reading spreadsheets. Doesn't import Django, as the reading process has no settings."""

from __future__ import annotations

MAX_BYTES = 10 * 1024 * 1024
MAX_ROWS = 20_000
MAX_COLUMNS = 300
MAX_CELL_CHARACTERS = 30_000  # below Excel's maximum
