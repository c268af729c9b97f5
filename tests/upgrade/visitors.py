"""Visitors of all portals, who count what they asked for, how long it took, and what went wrong."""

from __future__ import annotations

import http.client
import itertools
import statistics
import threading
import time
from collections import defaultdict

PAGES = ("/", "/bands/?q=band{number}", "/gigs/")
PAUSE = 0.03


class Visitors:
    """So many threads, each with a new connection per page. Stops by itself after `longest` seconds."""

    def __init__(self, port: int, hosts: list[str], *, count: int = 2, longest: float = 600) -> None:
        self._port = port
        self._hosts = hosts
        self._numbers = itertools.count()
        self._deadline = time.monotonic() + longest
        self._stopped = threading.Event()
        self.phase = "before"
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.failures: list[str] = []
        self._threads = [threading.Thread(target=self._visit, daemon=True) for _number in range(count)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let each finish its page."""
        self._stopped.set()
        for thread in self._threads:
            thread.join(60)

    def table(self) -> str:
        """Return requests, median and 99th percentile of each phase."""
        lines = [f"{'phase':<12}{'requests':>10}{'p50 ms':>10}{'p99 ms':>10}{'longest ms':>12}"]
        for phase, seconds in self.seconds.items():
            cuts = statistics.quantiles(seconds, n=100) if len(seconds) > 1 else seconds * 99
            figures = (cuts[49] * 1000, cuts[98] * 1000, max(seconds) * 1000)
            lines.append(f"{phase:<12}{len(seconds):>10}{figures[0]:>10.1f}{figures[1]:>10.1f}{figures[2]:>12.1f}")
        return "\n".join(lines)

    def _visit(self) -> None:
        while not self._stopped.is_set() and time.monotonic() < self._deadline:
            number = next(self._numbers)
            host = self._hosts[number % len(self._hosts)]
            path = PAGES[number % len(PAGES)].format(number=number)
            phase, begun = self.phase, time.monotonic()
            try:
                status = self._ask(host, path)
            except (OSError, http.client.HTTPException) as problem:
                self.failures.append(f"{phase}: {host}{path}: {problem!r}")
            else:
                self.seconds[phase].append(time.monotonic() - begun)
                if status != http.client.OK:
                    self.failures.append(f"{phase}: {host}{path}: {status}")
            time.sleep(PAUSE)

    def _ask(self, host: str, path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            connection.request("GET", path, headers={"Host": host, "Connection": "close"})
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            connection.close()
