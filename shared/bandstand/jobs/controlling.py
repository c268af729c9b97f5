"""Operations on jobs: cancel, retry, pause and prune."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import IntegrityError, connection, models, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from bandstand.database.advisory_locks import advisory_lock
from bandstand.database.connection import session
from bandstand.jobs.models import Job, State

BELL = "bandstand_jobs"
PAUSE_LOCK = "bandstand-pause"
PRUNE_BATCH = 5000


def cancel(jobs: models.QuerySet[Job]) -> int:
    """Cancel the unfinished ones of `jobs` and return how many.

    Waiting jobs are cancelled at once; running ones are asked to stop, and do so at their next step.
    """
    now = timezone.now()
    with transaction.atomic():
        waiting = jobs.filter(state__in=[State.WAITING, State.ADMITTED])
        stopped = waiting.update(state=State.CANCELLED, finished_at=now, cancel_requested=True)
        return stopped + jobs.filter(state=State.RUNNING).update(cancel_requested=True)


def retry(jobs: models.QuerySet[Job]) -> int:
    """Restart the failed and cancelled ones of `jobs` with a fresh number of attempts; return how many.

    A job is skipped if another one with the same key is already unfinished.
    """
    started = 0
    for number in jobs.filter(state__in=[State.FAILED, State.CANCELLED]).order_by("pk").values_list("pk", flat=True):
        started += _restart(number)
    if started:
        ring()
    return started


def _restart(number: int) -> int:
    try:
        with transaction.atomic():
            return Job.objects.filter(pk=number, state__in=[State.FAILED, State.CANCELLED]).update(
                state=State.WAITING,
                run_at=Now(),
                attempts=0,
                deaths=0,
                fence=F("fence") + 1,
                cancel_requested=False,
                started_at=None,
                finished_at=None,
                progress_done=0,
                progress_total=0,
                progress_message="",
                result=None,
                error="",
                error_class="",
            )
    except IntegrityError:
        return 0


@contextmanager
def admission_paused() -> Iterator[None]:
    """Keep every dispatcher from admitting jobs. The lock is tied to this connection, so a crash releases it."""
    with session(), advisory_lock(PAUSE_LOCK):
        yield
    ring()


def ring() -> None:
    """Wake the dispatcher when the current transaction commits."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [BELL])


def prune(*, done_before: datetime, failed_before: datetime, between: Callable[[], None] | None = None) -> int:
    """Delete finished jobs older than the limits, a batch per transaction, and return how many.

    `between` is called after each batch; it may raise to stop.
    """
    total = 0
    while True:
        old = (
            Job.objects.filter(finished_at__isnull=False)
            .filter(Q(state=State.DONE, finished_at__lt=done_before) | Q(finished_at__lt=failed_before))
            .order_by("finished_at")
            .values("pk")[:PRUNE_BATCH]
        )
        deleted, _by_model = Job.objects.filter(pk__in=list(old.values_list("pk", flat=True))).delete()
        total += deleted
        if deleted < PRUNE_BATCH:
            return total
        if between is not None:
            between()
