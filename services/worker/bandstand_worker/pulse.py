"""The worker's parent process reports its health, for `python -m bandstand_worker probe`.

Alive: its main loop is running, or it is waiting for Redis to come back, when a restart wouldn't help. Ready: it is
connected and consuming jobs.
"""

from __future__ import annotations

from threading import Event, Thread
from typing import Any

from bandstand_worker import probes, processes
from bandstand_worker.connection_steps import WhileConnected

EVERY = 10.0  # seconds; several times per `probes.STALE_AFTER`

_connected = Event()


class Pulse(WhileConnected):
    """Reports while the main loop is running."""

    every = EVERY

    def start(self, consumer: Any) -> None:
        _connected.set()
        self.tick()
        super().start(consumer)

    def stop(self, consumer: Any) -> None:
        super().stop(consumer)
        probes.clear(probes.READY)
        _connected.clear()

    def tick(self) -> None:
        probes.touch(probes.ALIVE)
        if processes.drained_for():
            probes.clear(probes.READY)
        else:
            probes.touch(probes.READY)


def begin() -> None:
    """Report liveness while Redis is unavailable, until the worker ends."""
    probes.clear(probes.READY)
    Thread(target=_beat_while_redis_is_away, name="pulse", daemon=True).start()


def _beat_while_redis_is_away() -> None:
    pause = Event()
    while True:
        if not _connected.is_set():
            probes.touch(probes.ALIVE)
        pause.wait(EVERY)
