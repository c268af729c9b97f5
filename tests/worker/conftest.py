"""Running jobs inside a test's own transaction, by the worker's real executor."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from bandstand.jobs.models import Job, State
from bandstand.portals.job_kinds import MAKE_SHARE_PICTURES
from bandstand_worker.executing import Executor
from bandstand_worker.ledger import Claim, Ledger
from bandstand_worker.run import Run

WorkOff = Callable[..., list[Job]]


class InlineLedger(Ledger):
    """Writes through the test's connection, so that a rollback takes everything back."""

    def _run(self, work: Callable[[Any], Any], *, retry: bool = True) -> Any:
        connection.ensure_connection()
        return work(connection.connection)


class Bystander:
    """Looks on. `stop_with` makes each run hear of that reason at its next step."""

    def __init__(self) -> None:
        self.stop_with: type[BaseException] | None = None

    def watch(self, claim: Claim, run: Run, time_limit: timedelta) -> None:
        if self.stop_with is not None:
            run.stop(self.stop_with)

    def release(self) -> None:
        pass


@pytest.fixture
def ledger() -> Ledger:
    """The worker's view of the table, inside the test's transaction."""
    return InlineLedger(worker="test", lease=timedelta(seconds=30))


@pytest.fixture
def bystander() -> Bystander:
    """What looks after running jobs."""
    return Bystander()


@pytest.fixture
def executor(ledger: Ledger, bystander: Bystander) -> Executor:
    """The worker's executor, inside the test's transaction."""
    return Executor(ledger, bystander, draining=lambda: False)


@pytest.fixture
def work_off(executor: Executor) -> WorkOff:
    """Return a function that runs what waits, due or not, once, and returns these jobs as they are then.

    But for pictures for shared links, which every save asks for and which take seconds: only those that are due.
    """

    def work() -> list[Job]:
        later = Q(kind=MAKE_SHARE_PICTURES.name, run_at__gt=timezone.now())
        waiting = Job.objects.filter(~later, state=State.WAITING).order_by("pk")
        numbers = list(waiting.values_list("pk", flat=True))
        Job.objects.filter(pk__in=numbers).update(state=State.ADMITTED)
        executor.work(numbers)
        return list(Job.objects.filter(pk__in=numbers).order_by("pk"))

    return work
