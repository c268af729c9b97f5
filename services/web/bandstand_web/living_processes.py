"""Merges the figures of all processes of one web server, without what those that are gone were doing."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from prometheus_client import Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector


class LivingProcesses(Collector):
    """Counters of every process that ever was, since they only grow; gauges of those that live.

    A process that was killed can't take its own away: a connection that it used would be in use for ever.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._merged = MultiProcessCollector(None, folder)  # type: ignore[no-untyped-call]

    def collect(self) -> Iterable[Metric]:
        """Return what a scrape gets."""
        for number in {int(file.stem.rpartition("_")[2]) for file in Path(self._folder).glob("gauge_live*.db")}:
            if not _lives(number):
                mark_process_dead(number, self._folder)  # type: ignore[no-untyped-call]
        found: Iterable[Metric] = self._merged.collect()  # type: ignore[no-untyped-call]
        return found


def _lives(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True
