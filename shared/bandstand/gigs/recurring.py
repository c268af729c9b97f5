"""Days that return: every week or fortnight on a weekday, or every month on its second Friday, say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bandstand.content.moments import Unreadable
from bandstand.gigs.pasted_dates import MOST_DATES

_WEEK = timedelta(weeks=1)
_WEEKS_OF_A_MONTH = 4  # the fifth Friday isn't in every month: whoever begins with one means the last


class HowOften(models.TextChoices):
    """How often."""

    WEEK = "week", gettext_lazy("every week")
    FORTNIGHT = "fortnight", gettext_lazy("every two weeks")
    MONTH = "month", gettext_lazy("every month, on the same weekday")


def days_every(every: HowOften, first: date, until: date) -> list[date]:
    """Return the days from `first` until `until`, both included. Raises Unreadable for none and for too many."""
    if until < first:
        raise Unreadable(_("The last day can't be before the first one."))
    days: list[date] = []
    for day in _days(every, first):
        if day > until:
            return days
        if len(days) == MOST_DATES:
            break
        days.append(day)
    raise Unreadable(_("These are more than %(most)d dates. Choose an earlier last day.") % {"most": MOST_DATES})


def _days(every: HowOften, first: date) -> Iterator[date]:
    if every == HowOften.MONTH:
        yield from _monthly(first)
    step = _WEEK if every == HowOften.WEEK else 2 * _WEEK
    day = first
    while True:
        yield day
        day += step


def _monthly(first: date) -> Iterator[date]:
    """Yield the same weekday of the same week of each month, or of the last week."""
    place = (first.day - 1) // 7
    year, month = first.year, first.month
    while True:
        begin = date(year, month, 1)
        day = begin + timedelta(days=(first.weekday() - begin.weekday()) % 7)
        if place < _WEEKS_OF_A_MONTH:
            yield day + place * _WEEK
        else:
            later = day + _WEEKS_OF_A_MONTH * _WEEK
            yield later if later.month == month else later - _WEEK
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)  # noqa: PLR2004 - December
