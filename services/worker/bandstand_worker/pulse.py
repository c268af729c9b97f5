"""The worker's parent process says how it is, for `python -m bandstand_worker probe`.

Alive: its loop goes round, or it waits for Redis to come back. Restarting wouldn't help then, so the probe mustn't ask
for it. Ready: it is connected and takes up work.
"""

from __future__ import annotations

from threading import Event, Thread
from typing import Any

from celery import bootsteps

from bandstand_worker import probes, processes

EVERY = 10.0  # seconds; several times per `probes.STALE_AFTER`

_connected = Event()


class Pulse(bootsteps.StartStopStep):  # type: ignore[misc]
    """Starts with each connection to Redis, after the queues are consumed; stops when it is lost and at the end."""

    requires = {"celery.worker.consumer.tasks:Tasks"}

    def __init__(self, consumer: Any, **options: Any) -> None:
        super().__init__(consumer, **options)
        self._timer: Any = None

    def start(self, consumer: Any) -> None:
        """Beat now, and from now on as often as the loop of the worker allows."""
        _connected.set()
        self._beat()
        self._timer = consumer.timer.call_repeatedly(EVERY, self._beat)

    def stop(self, _consumer: Any) -> None:
        """Take no more work up."""
        if self._timer is not None:
            self._timer.cancel()
        probes.clear(probes.READY)
        _connected.clear()

    def _beat(self) -> None:
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
