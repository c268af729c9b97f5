"""The way to Celery: one message carries the numbers of a few jobs, nothing else about them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from kombu.exceptions import OperationalError

from bandstand_worker.celery import app, run_jobs


class TransportDownError(ConnectionError):
    """Redis or Valkey can't be reached at the moment."""


class Transport:
    """Publishes to Celery's queues and looks into them. Holds one connection, for one thread."""

    def __init__(self) -> None:
        self._connection = app.connection_for_write()
        self._producer = app.amqp.Producer(self._connection, auto_declare=False)

    def publish(self, queue: str, jobs: Sequence[int], *, organization: str) -> None:
        """Send one message. Raises TransportDownError at once when there is nobody to send it to."""
        try:
            run_jobs.apply_async(
                (list(jobs),),
                queue=queue,
                producer=self._producer,
                headers={"jobs": list(jobs), "organization": organization},
                retry=False,
            )
        except (OperationalError, *self._connection.connection_errors) as problem:
            self.close()
            raise TransportDownError(str(problem)) from problem

    def waiting(self, queue: str) -> set[int]:
        """Return the numbers of the jobs in messages that no worker has taken yet. Raises TransportDownError."""
        try:
            messages = self._connection.default_channel.client.lrange(queue, 0, -1)
        except (OperationalError, *self._connection.connection_errors) as problem:
            self.close()
            raise TransportDownError(str(problem)) from problem
        found: set[int] = set()
        for message in messages:
            headers: dict[str, Any] = json.loads(message).get("headers", {})
            found.update(headers.get("jobs", ()))
        return found

    def close(self) -> None:
        """Give the connection up; the next call opens another one."""
        self._connection.close()
        self._connection = app.connection_for_write()
        self._producer = app.amqp.Producer(self._connection, auto_declare=False)
