"""Publishes to Celery. A message carries only the ids of a few jobs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from kombu.exceptions import KombuError

from bandstand_worker.celery import app, run_jobs

_LAST = 9  # kombu asks Redis for the messages of all queues by priority, from 0 on


class TransportDownError(ConnectionError):
    """Redis or Valkey can't be reached, or refuses."""


class Transport:
    """Publishes to Celery's queues and inspects them. Holds one connection; not thread-safe."""

    def __init__(self) -> None:
        self._connection = app.connection_for_write()
        self._producer = app.amqp.Producer(self._connection, auto_declare=False)
        self._outages = (KombuError, *self._connection.connection_errors, *self._connection.channel_errors)

    def publish(self, queue: str, jobs: Sequence[int], *, organizations: str, yields: bool = False) -> None:
        """Send one message; one that `yields` is taken when no other waits, in any queue.

        Raises TransportDownError at once when the broker is away or refuses.
        """
        try:
            run_jobs.apply_async(
                (list(jobs),),
                queue=queue,
                producer=self._producer,
                priority=_LAST if yields else None,
                headers={"jobs": list(jobs), "organizations": organizations},
                retry=False,
            )
        except self._outages as problem:
            self.close()
            raise TransportDownError(str(problem)) from problem

    def waiting(self, queue: str) -> set[int]:
        """Return the ids of the jobs in messages that no worker has received yet. Raises TransportDownError."""
        try:
            channel = self._connection.default_channel
            lists = [channel._q_for_pri(queue, priority) for priority in channel.priority_steps]  # noqa: SLF001
            messages = [message for each in lists for message in channel.client.lrange(each, 0, -1)]
        except self._outages as problem:
            self.close()
            raise TransportDownError(str(problem)) from problem
        found: set[int] = set()
        for message in messages:
            headers: dict[str, Any] = json.loads(message).get("headers", {})
            found.update(headers.get("jobs", ()))
        return found

    def close(self) -> None:
        """Close the connection; the next call opens another one."""
        self._connection.close()
        self._connection = app.connection_for_write()
        self._producer = app.amqp.Producer(self._connection, auto_declare=False)
