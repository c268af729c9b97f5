"""What the statistics say of some days."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from bandstand.numbers.models import CountedDay, CountKind


@dataclass(frozen=True)
class Sums:
    """Visits by day, without a gap, and the counts of each kind by key, the highest first."""

    by_day: list[tuple[date, int]]
    kinds: dict[CountKind, list[tuple[str, int]]]

    @property
    def visits(self) -> int:
        return sum(count for _day, count in self.by_day)

    @property
    def most(self) -> int:
        """The visits of the busiest day."""
        return max((count for _day, count in self.by_day), default=0)

    @property
    def is_empty(self) -> bool:
        return not any(self.kinds.values())

    def total(self, kind: CountKind) -> int:
        return sum(count for _key, count in self.kinds[kind])


def sums_of(*, last: date, days: int) -> Sums:
    """Return the sums of so many days until `last`. One query."""
    first = last - timedelta(days=days - 1)
    rows = {row.day: row.counts for row in CountedDay.objects.from_to(first, last).only("day", "counts")}
    totals: dict[CountKind, Counter[str]] = {kind: Counter() for kind in CountKind}
    for counts in rows.values():  # the oldest first
        for kind, total in totals.items():
            if kind == CountKind.SUBSCRIBERS:
                total |= Counter(counts.get(kind, {}))  # the most on one day
            else:
                total.update(counts.get(kind, {}))
    every_day = [first + timedelta(days=number) for number in range(days)]
    by_day = [(day, sum(rows.get(day, {}).get(CountKind.PAGE, {}).values())) for day in every_day]
    return Sums(by_day, {kind: _highest_first(total) for kind, total in totals.items()})


def _highest_first(total: Counter[str]) -> list[tuple[str, int]]:
    """Return the counts with what has no key at the end."""
    return sorted(total.items(), key=lambda item: (item[0] == "", -item[1], item[0]))
