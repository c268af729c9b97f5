"""A worker that couldn't acknowledge its messages connects anew, and so forgets what it still owes.

A message counts against what a worker may fetch until its acknowledgement has reached Redis. Celery logs one that
failed and goes on. When Redis goes away while every process works, they all fail, the worker may fetch nothing more,
doesn't read the connection that was closed either, and would wait for ever, looking ready.
"""

from __future__ import annotations

from threading import Event
from typing import Any

from celery import bootsteps
from celery.worker.request import Request as CeleryRequest

EVERY = 1.0  # seconds

_failed = Event()


class Request(CeleryRequest):  # type: ignore[misc]
    """A message that a worker has taken; notes when it couldn't be acknowledged."""

    def acknowledge(self) -> None:
        """Tell Redis that the message is over."""
        super().acknowledge()
        if not self.message.acknowledged:
            _failed.set()


class Reconnecting(bootsteps.StartStopStep):  # type: ignore[misc]
    """Starts with each connection to Redis; gives it up when an acknowledgement failed."""

    requires = {"celery.worker.consumer.tasks:Tasks"}

    def __init__(self, consumer: Any, **options: Any) -> None:
        super().__init__(consumer, **options)
        self._timer: Any = None

    def start(self, consumer: Any) -> None:
        """Look from now on whether one failed."""
        _failed.clear()
        self._timer = consumer.timer.call_repeatedly(EVERY, _give_up_if_one_failed)

    def stop(self, _consumer: Any) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()


def _give_up_if_one_failed() -> None:
    # Celery's loop lets errors of connections through and connects again; see `propagate_errors` in kombu's hub.
    if _failed.is_set():
        raise ConnectionResetError("a message couldn't be acknowledged")
