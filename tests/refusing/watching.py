"""Visitors who come all the time, and what they met."""

from __future__ import annotations

import contextlib
import http.client
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import redis

from tests.refusing.installation import Installation, address

ACCEPTED, BROKEN = 302, 500


@dataclass(frozen=True)
class Look:
    """At one moment: whether a write succeeded, and whether the installation said that it would."""

    began: float
    ended: float
    status: int
    said: bool

    @property
    def agrees(self) -> bool:
        return (self.status == ACCEPTED) == self.said


@dataclass
class Visitors:
    """What they met so far."""

    looks: list[Look] = field(default_factory=list)
    pages: list[tuple[float, int]] = field(default_factory=list)
    accepted: set[str] = field(default_factory=set)

    def statuses(self) -> Counter[int]:
        """Return how often web answered with each status."""
        return Counter(status for _at, status in self.pages)

    def longest_disagreement(self) -> float:
        """Return for how many seconds at most readiness and a write's result differed.

        One look alone proves nothing: readiness is asked after the write, and a fault may begin or end in between.
        """
        longest, since = 0.0, None
        for look in self.looks:
            if look.agrees:
                since = None
                continue
            since = look.ended if since is None else since
            longest = max(longest, look.ended - since)
        return longest

    def recovered_after(self, moment: float) -> float:
        """Return how many seconds after `moment` the last failure was over."""
        failed = [look.ended for look in self.looks if look.status != ACCEPTED or not look.said]
        failed += [at for at, status in self.pages if status >= BROKEN]
        return max(0.0, max(failed, default=moment) - moment)


@contextlib.contextmanager
def visited(running: Installation, *, part: str = "database") -> Iterator[Visitors]:
    """Have visitors come while the block runs, and compare readiness with what can be written to that part."""
    seen, over, numbers = Visitors(), threading.Event(), running.numbers

    def write() -> None:
        while not over.is_set():
            number, began = next(numbers), time.monotonic()
            status = running.ask_for_password(number).status
            if status == ACCEPTED:
                seen.accepted.add(address(number))
            seen.pages.append((began, status))
            if part == "redis":
                status = ACCEPTED if _takes_a_key(running) else http.HTTPStatus.SERVICE_UNAVAILABLE
            seen.looks.append(Look(began, time.monotonic(), status, running.ready()[part] == "ok"))
            over.wait(0.1)

    def read() -> None:
        while not over.is_set():
            with contextlib.suppress(TimeoutError, http.client.HTTPException):
                seen.pages.append((time.monotonic(), running.page().status))
            over.wait(0.1)

    threads = [threading.Thread(target=write), threading.Thread(target=read)]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        over.set()
        for thread in threads:
            thread.join(90)


def _takes_a_key(running: Installation) -> bool:
    try:
        with redis.Redis.from_url(running.environment["REDIS_URL"], socket_timeout=2) as client:
            return bool(client.set("visitors", 1))
    except redis.RedisError:
        return False
