"""The requests of one pass to an API server that may be overloaded or gone: a few at a time, at its own pace."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock

import structlog

from bandstand_worker.cluster.api import ClusterError, ConflictError, ThrottledError, UnavailableError

AT_ONCE = 4  # requests under way: a server takes most of its milliseconds to store what it is told
TROUBLES_AT_MOST = 5  # times in one pass that the server is overloaded or gone; the next pass tries the rest

log = structlog.get_logger("bandstand.cluster")


@dataclass(frozen=True)
class Step:
    """One request, and what to call it in the log. `act` raises ClusterError."""

    about: str
    act: Callable[[], None]


class Attempts:
    """Those of one pass. What fails is counted; the next pass tries it again."""

    def __init__(self, *, pause: Callable[[float], bool | None], tick: Callable[[], None]) -> None:
        self._pause = pause  # returns whether the process is to stop
        self._tick = tick
        self._books = Lock()
        self._gate = Lock()  # held while the server wants to be left alone
        self.failed = self.troubles = 0

    def make(self, chains: Iterable[Sequence[Step]]) -> int:
        """Take all steps, several chains at a time, the steps of each in their order. Return how many succeeded."""
        waiting = list(chains)
        if not waiting:
            return 0
        with ThreadPoolExecutor(min(AT_ONCE, len(waiting)), thread_name_prefix="reconcile") as threads:
            return sum(threads.map(lambda chain: sum(map(self._take, chain)), waiting))

    def _take(self, step: Step) -> bool:
        while True:
            with self._gate:
                troubles = self.troubles
            if troubles >= TROUBLES_AT_MOST:
                break
            self._tick()
            try:
                step.act()
            except ThrottledError as problem:
                self._wait(problem.seconds, troubles)
                continue
            except ConflictError as problem:
                log.info("somebody was faster", about=step.about, error=str(problem))
            except UnavailableError as problem:
                log.warning("the cluster didn't answer", about=step.about, error=str(problem))
                self._note(troubles)
            except ClusterError as problem:
                log.warning("the cluster refused", about=step.about, error=str(problem))
            else:
                return True
            break
        with self._books:
            self.failed += 1
        return False

    def _wait(self, seconds: float, known: int) -> None:
        """Wait for all, once for the requests that were under way together."""
        with self._gate:
            if self._note(known) and self._pause(seconds):
                self.troubles = TROUBLES_AT_MOST

    def _note(self, known: int) -> bool:
        """Count trouble, unless it was counted since the request of which it came was sent."""
        with self._books:
            is_new = self.troubles == known
            self.troubles += is_new
        return is_new
