"""Periodic work of a worker's parent process while it is connected to Redis, as a step of Celery's consumer."""

from __future__ import annotations

from typing import Any, ClassVar

from celery import bootsteps


class WhileConnected(bootsteps.StartStopStep):  # type: ignore[misc]
    """Starts with each connection, once the queues are consumed; stops when the connection is lost and at shutdown.

    Source: Celery, "Extensions and Bootsteps".
    """

    requires = {"celery.worker.consumer.tasks:Tasks"}
    every: ClassVar[float]  # seconds

    def __init__(self, consumer: Any, **options: Any) -> None:
        super().__init__(consumer, **options)
        self._timer: Any = None

    def start(self, consumer: Any) -> None:
        """Schedule `tick` on the worker's event loop."""
        self._timer = consumer.timer.call_repeatedly(self.every, self.tick)

    def stop(self, _consumer: Any) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def tick(self) -> None:
        """Do the work once. A connection error makes the worker reconnect."""
        raise NotImplementedError
