"""A worker that couldn't acknowledge its messages connects anew, and so forgets what it still owes.

A message counts against what a worker may fetch until its acknowledgement has reached Redis. Celery logs one that
failed and goes on. When Redis goes away while every process works, they all fail, the worker may fetch nothing more,
doesn't read the connection that was closed either, and would wait for ever, looking ready.
"""

from __future__ import annotations

from typing import Any

from celery.worker.request import Request as CeleryRequest
from kombu.message import Message

from bandstand_worker.connection_steps import WhileConnected

_ended: list[Message] = []  # since the last tick


class Request(CeleryRequest):  # type: ignore[misc]
    """A message that a worker has taken."""

    def acknowledge(self) -> None:
        """Have Redis told that the message is over; the loop does so when it comes round, before it ticks."""
        super().acknowledge()
        _ended.append(self.message)


class Reconnecting(WhileConnected):
    """Gives the connection up when an acknowledgement failed."""

    every = 1.0

    def start(self, consumer: Any) -> None:
        """Begin with nothing owed."""
        _ended.clear()
        super().start(consumer)

    def tick(self) -> None:
        """Raise ConnectionResetError when a message is over and Redis doesn't know."""
        if not all(message.acknowledged for message in _ended):
            raise ConnectionResetError("a message couldn't be acknowledged")
        _ended.clear()
