"""A chart of visits by day, as numbers that a template draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

HEIGHT = 100
STEP = 4  # from one bar to the next


@dataclass(frozen=True)
class Bar:
    """A day: where its bar begins, and how high it is."""

    day: date
    count: int
    x: int
    height: int

    @property
    def y(self) -> int:
        return HEIGHT - self.height


@dataclass(frozen=True)
class Chart:
    """All bars, in a box of `width` and `height`."""

    bars: list[Bar]
    width: int
    height: int = HEIGHT


def chart_of(by_day: Sequence[tuple[date, int]]) -> Chart:
    """Return the chart; the busiest day has a bar of the full height, and any visit one that can be seen."""
    most = max((count for _day, count in by_day), default=0)
    bars = [
        Bar(day, count, number * STEP, max(1, round(count / most * HEIGHT)) if count else 0)
        for number, (day, count) in enumerate(by_day)
    ]
    return Chart(bars, len(bars) * STEP)
