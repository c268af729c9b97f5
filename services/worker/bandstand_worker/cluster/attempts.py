"""The requests of one pass to an API server that may be overloaded or gone: a few at a time, at its own pace."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock, RLock

import structlog

from bandstand_worker.cluster.api import ClusterError, ConflictError, ThrottledError, UnavailableError

AT_ONCE = 4  # requests under way: a server takes most of its milliseconds to store what it is told
TROUBLES_AT_MOST = 5  # times in a row that the server is overloaded or gone; the next pass tries the rest

log = structlog.get_logger("bandstand.cluster")


@dataclass(frozen=True)
class ClusterStep:
    """One request, and what to call it in the log. `act` raises ClusterError."""

    about: str
    act: Callable[[], None]


class Attempts:
    """Those of one pass. What fails is counted; the next pass tries it again."""

    def __init__(self, *, pause: Callable[[float], bool | None], tick: Callable[[], None]) -> None:
        self._pause = pause  # returns whether the process is to stop
        self._tick = tick
        self._books = Lock()
        self._gate = RLock()  # held while the server wants to be left alone
        self._is_throttled = False
        self._in_a_row = 0  # troubles since the last success
        self._is_over = False  # the process is to stop
        self.failed = self.troubles = 0

    def make(self, chains: Iterable[Sequence[ClusterStep]]) -> int:
        """Take all steps, several chains at a time, the steps of each in their order. Return how many succeeded."""
        waiting = list(chains)
        if not waiting:
            return 0
        with ThreadPoolExecutor(min(AT_ONCE, len(waiting)), thread_name_prefix="reconcile") as threads:
            return sum(threads.map(lambda chain: sum(map(self._take, chain)), waiting))

    def _take(self, step: ClusterStep) -> bool:
        is_done: bool | None = None
        while is_done is None:
            with self._turn() as known:
                is_hopeless = self._is_over or self._in_a_row >= TROUBLES_AT_MOST
                is_done = False if is_hopeless else self._try(step, known)
        with self._books:
            self.failed += not is_done
        return is_done

    @contextmanager
    def _turn(self) -> Iterator[int]:
        """Wait for one's turn: nobody's while the server wants to be left alone, and one at a time once it said so.

        Gives the troubles that are known when the request is sent.
        """
        with self._gate:
            if self._is_throttled:
                yield self.troubles
                return
            known = self.troubles
        yield known

    def _try(self, step: ClusterStep, known: int) -> bool | None:
        """Return whether the step succeeded, or None if the server wants it again later."""
        self._tick()
        try:
            step.act()
        except ThrottledError as problem:
            with self._gate:
                self._is_throttled = True
                if self._note(known) and self._pause(problem.seconds):
                    self._is_over = True
            return None
        except ConflictError as problem:
            log.info("another process changed it first", about=step.about, error=str(problem))
        except UnavailableError as problem:
            log.warning("the cluster didn't answer", about=step.about, error=str(problem))
            self._note(known)
        except ClusterError as problem:
            log.warning("the cluster refused", about=step.about, error=str(problem))
        else:
            with self._books:
                self._in_a_row = 0
            return True
        return False

    def _note(self, known: int) -> bool:
        """Count trouble once for the requests that were under way together, and return whether that was now."""
        with self._books:
            is_new = self.troubles == known
            self.troubles += is_new
            self._in_a_row += is_new
        return is_new
