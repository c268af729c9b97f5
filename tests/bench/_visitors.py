"""People who look at pages of many portals while something else goes on, and how long they wait."""

from __future__ import annotations

import http.client
import random
import statistics
import threading
import time
from http import HTTPStatus
from typing import Self

from tests.bench.portals import host

PATH = "/bands/"
PEOPLE = 4
PAUSE = 0.25  # seconds between two pages of one visitor, on average


class Visitors:
    """Look at pages of the first `portals` portals until the block ends."""

    def __init__(self, port: int, portals: int) -> None:
        self.port = port
        self.portals = portals
        self._waits: list[float] = []
        self._failures: list[str] = []
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._look) for _person in range(PEOPLE)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def take(self) -> list[float]:
        """Return how long each page since the last call took, in seconds. A page that failed ends the run."""
        taken, self._waits = self._waits, []
        if self._failures:
            raise SystemExit(f"a page failed: {self._failures[0]}")
        return taken

    def _look(self) -> None:
        chance = random.Random(threading.get_ident())  # noqa: S311 # apart from each other, not secret
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        while not self._over.wait(chance.expovariate(1 / PAUSE)):
            began = time.perf_counter()
            connection.request("GET", PATH, headers={"Host": host(chance.randrange(self.portals))})
            answer = connection.getresponse()
            answer.read()
            self._waits.append(time.perf_counter() - began)
            if answer.status != HTTPStatus.OK:
                self._failures.append(str(answer.status))


def percentile(waits: list[float], share: int) -> float:
    """Return what `share` percent of the waits stay below, in milliseconds."""
    return statistics.quantiles(waits, n=100, method="inclusive")[share - 1] * 1000
