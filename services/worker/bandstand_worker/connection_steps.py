"""What a worker's parent process does over and over while it is connected to Redis, as a step of Celery's consumer."""

from __future__ import annotations

from typing import Any, ClassVar

from celery import bootsteps


class WhileConnected(bootsteps.StartStopStep):  # type: ignore[misc]
    """Starts with each connection, after the queues are consumed; stops when it is lost and at the end.

    Source: Celery, "Extensions and Bootsteps".
    """

    requires = {"celery.worker.consumer.tasks:Tasks"}
    every: ClassVar[float]  # seconds

    def __init__(self, consumer: Any, **options: Any) -> None:
        super().__init__(consumer, **options)
        self._timer: Any = None

    def start(self, consumer: Any) -> None:
        """Tick from now on, as often as the loop of the worker allows."""
        self._timer = consumer.timer.call_repeatedly(self.every, self.tick)

    def stop(self, _consumer: Any) -> None:
        """Tick no more."""
        if self._timer is not None:
            self._timer.cancel()

    def tick(self) -> None:
        """Do it once. An error of connections ends this one, and the worker connects again."""
        raise NotImplementedError
