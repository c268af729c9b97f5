"""Limits for reading calendars. Doesn't import Django, as the reading process has no settings."""

from __future__ import annotations

MAX_BYTES = 5 * 1024 * 1024
MAX_EVENTS = 500  # of one calendar, the next ones first
MAX_COMPONENTS = 20_000  # events as they are written, before what recurs is counted out
MAX_TITLE, MAX_PLACE, MAX_NOTES, MAX_URL = 300, 500, 5_000, 2_000
MAX_UID = 200  # longer ones are kept as their digest
MAX_FLAWS = 100
MONTHS_AHEAD = 24
