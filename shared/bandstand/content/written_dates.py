"""Django's format of dates and times, remembered.

A list shows few days, and fewer times of day, each of them in several styles; Django takes 15 microseconds for one.
"""

from __future__ import annotations

import functools
import re
from datetime import date, datetime, time

from django.utils import dateformat
from django.utils.translation import get_language

_REMEMBERED = 8192  # the days of a year or two, in the styles of a list, in some languages
_LETTER = re.compile(r"(?<!\\)[a-zA-Z]")
# Of Django's letters, those that ask for the date alone, and for the time of day alone. Source: its `date` filter.
_OF_DAYS = frozenset("bdDEFjlLmMnNoStwWyYz")
_OF_CLOCKS = frozenset("aAfgGhHiPsu")


def formatted(moment: date | datetime, pattern: str) -> str:
    """Return what `dateformat.format` does, in the active language."""
    letters = _letters(pattern)
    if letters <= _OF_DAYS:
        day = moment.date() if isinstance(moment, datetime) else moment
        return _day(day, pattern, get_language())
    if letters <= _OF_CLOCKS and isinstance(moment, datetime):
        return _clock(moment.time(), pattern, get_language())
    return dateformat.format(moment, pattern)


@functools.lru_cache(_REMEMBERED)
def _day(day: date, pattern: str, _language: str | None) -> str:
    return dateformat.format(day, pattern)


@functools.lru_cache(_REMEMBERED)
def _clock(clock: time, pattern: str, _language: str | None) -> str:
    return dateformat.time_format(clock, pattern)


@functools.lru_cache(256)
def _letters(pattern: str) -> frozenset[str]:
    return frozenset(_LETTER.findall(pattern))
