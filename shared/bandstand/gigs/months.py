"""Gigs by years and months, on the clocks of their places."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Count, Func, IntegerField
from django.utils.dateformat import format as formatted
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR

from bandstand.content.moments import FIRST_YEAR, LAST_YEAR
from bandstand.gigs.models import Gig, GigQuerySet
from bandstand.gigs.showing_times import begins_on_sunday, gig_time
from bandstand.gigs.timing import LONGEST

_DAY = timedelta(days=1)
_DECEMBER = 12


class LocalYear(Func):
    """The year of a moment on the clock of a zone."""

    template = "EXTRACT(YEAR FROM %(expressions)s)::integer"
    arg_joiner = " AT TIME ZONE "
    arity = 2
    output_field = IntegerField()


def years_of(gigs: GigQuerySet) -> list[tuple[int, int]]:
    """Return the years in which these are, the latest first, each with their number. One query."""
    counted = gigs.order_by().values(year=LocalYear("starts_at", "time_zone")).annotate(count=Count("pk"))
    return [(row["year"], row["count"]) for row in counted.order_by("-year")]


def in_year(gigs: GigQuerySet, year: int) -> GigQuerySet:
    """Return those of the year."""
    return gigs.alias(year=LocalYear("starts_at", "time_zone")).filter(year=year)


def by_month(gigs: Iterable[Gig]) -> list[tuple[str, list[Gig]]]:
    """Return the gigs below the names of their months, in their order."""
    months: dict[str, list[Gig]] = {}
    for gig in gigs:
        months.setdefault(gig_time(gig, "month"), []).append(gig)
    return list(months.items())


@dataclass
class Day:
    """A day in the grid of a month, with the gigs that are on."""

    date: date
    is_of_month: bool
    is_today: bool
    gigs: list[Gig] = field(default_factory=list)

    @property
    def weekday(self) -> str:
        """The short name."""
        return str(WEEKDAYS_ABBR[self.date.weekday()])


@dataclass
class Month:
    """A month as a grid of weeks. Of `previous` and `next` at least one exists."""

    first: date
    weeks: list[list[Day]]
    undated: list[Gig]  # known to be in this month, and no more
    count: int

    @property
    def name(self) -> str:
        """Month and year."""
        return formatted(self.first, "F Y")

    @property
    def weekdays(self) -> list[tuple[str, str]]:
        """The headings of the grid: short and whole names."""
        return [(str(WEEKDAYS_ABBR[day.date.weekday()]), str(WEEKDAYS[day.date.weekday()])) for day in self.weeks[0]]

    @property
    def previous(self) -> date | None:
        """The first day of the month before."""
        before = (self.first - _DAY).replace(day=1)
        return before if before.year >= FIRST_YEAR else None

    @property
    def next(self) -> date | None:
        """The first day of the month after."""
        after = _after(self.first)
        return after if after.year <= LAST_YEAR else None


def read_month(text: str) -> date:
    """Return the first day of the month "2027-03". Raises ValueError for what is none, or out of bounds."""
    first = datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007 - it has no time
    if f"{first:%Y-%m}" != text or not FIRST_YEAR <= first.year <= LAST_YEAR:
        raise ValueError(text)
    return first


def month_of(gigs: GigQuerySet, first: date, *, today: date) -> Month:
    """Return the month that begins at `first` with those of `gigs` that are on in it. Their own queries alone."""
    start, end = (datetime.combine(day, time(), UTC) for day in (first, _after(first)))
    near = gigs.filter(starts_at__gte=start - LONGEST - _DAY, starts_at__lt=end + _DAY).order_by("starts_at", "pk")
    firsts = calendar.Calendar(calendar.SUNDAY if begins_on_sunday() else calendar.MONDAY)
    weeks = [
        [Day(day, day.month == first.month, day == today) for day in week]
        for week in firsts.monthdatescalendar(first.year, first.month)
    ]
    days = {day.date: day for week in weeks for day in week if day.is_of_month}
    undated, shown = [], 0
    for gig in near:
        if not gig.has_day:
            if gig.local_start.date().replace(day=1) == first:
                undated.append(gig)
            continue
        on = [days[day] for day in _days_of(gig) if day in days]
        for day in on:
            day.gigs.append(gig)
        shown += bool(on)
    return Month(first, weeks, undated, shown + len(undated))


def _after(first: date) -> date:
    if first.month == _DECEMBER:
        return first.replace(year=first.year + 1, month=1)
    return first.replace(month=first.month + 1)


def _days_of(gig: Gig) -> Iterator[date]:
    day = gig.local_start.date()
    last = gig.local_end.date() if gig.local_end and gig.lasts_days else day
    while day <= last:
        yield day
        day += _DAY
