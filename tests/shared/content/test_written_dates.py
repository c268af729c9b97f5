"""Dates and times are written as Django writes them, and remembered by what they say."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import dateformat, translation

from bandstand.content.written_dates import formatted

SUMMER = datetime(2027, 7, 1, 20, 30, tzinfo=ZoneInfo("Europe/Berlin"))
WINTER = datetime(2027, 1, 8, 9, 5, tzinfo=UTC)


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(
    "pattern", ["D j M Y", "l", "F Y", "g:i A", "H:i \\U\\h\\r", "T", "D j M Y H:i", "jS \\of F", "c", "e"]
)
def test_it_writes_what_django_writes(language: str, pattern: str) -> None:
    for _time in range(2):  # the second comes from memory
        with translation.override(language):
            for moment in (SUMMER, WINTER, SUMMER.astimezone(ZoneInfo("America/New_York"))):
                assert formatted(moment, pattern) == dateformat.format(moment, pattern)


def test_a_date_has_no_time_of_day() -> None:
    assert formatted(date(2027, 7, 1), "j.n.Y") == "1.7.2027"
    with pytest.raises(TypeError):
        formatted(date(2027, 7, 1), "H:i")
