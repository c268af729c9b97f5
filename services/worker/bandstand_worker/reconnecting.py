"""Reconnects a worker that failed to acknowledge messages, which resets its count of unacknowledged ones.

A message counts against the prefetch limit until its acknowledgement has reached Redis. Celery logs a failed one and
goes on. If Redis goes away while every process is busy, all acknowledgements fail: the worker may fetch nothing more,
doesn't notice the closed connection either, and would wait for ever while looking ready.
"""

from __future__ import annotations

from typing import Any

from celery.worker.request import Request as CeleryRequest
from kombu.message import Message

from bandstand_worker.connection_steps import WhileConnected

_ended: list[Message] = []  # finished since the last tick


class Request(CeleryRequest):  # type: ignore[misc]
    """A message that a worker has received."""

    def acknowledge(self) -> None:
        """Queue the acknowledgement; the event loop sends it before the next tick."""
        super().acknowledge()
        _ended.append(self.message)


class Reconnecting(WhileConnected):
    """Drops the connection when an acknowledgement has failed."""

    every = 1.0

    def start(self, consumer: Any) -> None:
        _ended.clear()
        super().start(consumer)

    def tick(self) -> None:
        """Raise ConnectionResetError if a finished message is still unacknowledged."""
        if not all(message.acknowledged for message in _ended):
            raise ConnectionResetError("a message couldn't be acknowledged")
        _ended.clear()
