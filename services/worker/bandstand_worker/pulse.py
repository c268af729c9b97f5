"""The worker's parent process says how it is, for `python -m bandstand_worker probe`.

Alive: its loop goes round, or it waits for Redis to come back. Restarting wouldn't help then, so the probe mustn't ask
for it. Ready: it is connected and takes up work.
"""

from __future__ import annotations

from threading import Event, Thread
from typing import Any

from bandstand_worker import probes, processes
from bandstand_worker.connection_steps import WhileConnected

EVERY = 10.0  # seconds; several times per `probes.STALE_AFTER`

_connected = Event()


class Pulse(WhileConnected):
    """Beats while the loop goes round."""

    every = EVERY

    def start(self, consumer: Any) -> None:
        """Beat now, and from now on."""
        _connected.set()
        self.tick()
        super().start(consumer)

    def stop(self, consumer: Any) -> None:
        """Take no more work up."""
        super().stop(consumer)
        probes.clear(probes.READY)
        _connected.clear()

    def tick(self) -> None:
        """Say that the worker lives, and whether it takes up work."""
        probes.touch(probes.ALIVE)
        if processes.drained_for():
            probes.clear(probes.READY)
        else:
            probes.touch(probes.READY)


def begin() -> None:
    """Beat while Redis is away, until the worker ends."""
    probes.clear(probes.READY)
    Thread(target=_beat_while_redis_is_away, name="pulse", daemon=True).start()


def _beat_while_redis_is_away() -> None:
    pause = Event()
    while not pause.wait(EVERY):
        if not _connected.is_set():
            probes.touch(probes.ALIVE)
