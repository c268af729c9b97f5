"""How long finished jobs are kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from bandstand.jobs import controlling
from bandstand.jobs.controlling import prune
from bandstand.jobs.enqueueing import enqueue
from bandstand.jobs.job_kinds import PRUNE_JOBS, PruneJobs
from bandstand.jobs.models import Job, State
from bandstand_worker.registry import load_handlers
from tests.conftest import Portal
from tests.worker.conftest import WorkOff


def finished(portal: Portal, state: State, days: float) -> int:
    """Make a job that ended so long ago, and return its number."""
    moment = timezone.now() - timedelta(days=days)
    return Job.objects.create(
        organization=portal.organization, kind="some", queue="default", state=state, finished_at=moment
    ).pk


def left() -> set[int]:
    return set(Job.objects.filter(kind="some").values_list("pk", flat=True))


def test_it_deletes_what_is_done_sooner_than_what_failed(alice_portal: Portal) -> None:
    old = {state: finished(alice_portal, state, 20) for state in (State.DONE, State.FAILED, State.CANCELLED)}
    oldest = {state: finished(alice_portal, state, 100) for state in (State.DONE, State.FAILED, State.CANCELLED)}
    new = finished(alice_portal, State.DONE, 13)
    unfinished = Job.objects.create(organization=alice_portal.organization, kind="some", queue="default")
    now = timezone.now()

    deleted = prune(done_before=now - timedelta(days=14), failed_before=now - timedelta(days=90))

    assert deleted == 1 + len(oldest)
    assert left() == {old[State.FAILED], old[State.CANCELLED], new, unfinished.pk}


def test_it_goes_on_batch_by_batch_and_can_be_stopped(alice_portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(controlling, "PRUNE_BATCH", 2)
    for _number in range(5):
        finished(alice_portal, State.DONE, 20)
    now = timezone.now()
    begun: list[int] = []

    def stop() -> None:
        begun.append(len(left()))
        if len(begun) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prune(done_before=now, failed_before=now, between=stop)
    assert begun == [3, 1]

    assert prune(done_before=now, failed_before=now) == 1
    assert left() == set()


@pytest.mark.parametrize(
    ("state", "days", "stays"),
    [
        (State.DONE, 13.9, True),
        (State.DONE, 14.1, False),
        (State.FAILED, 89.9, True),
        (State.FAILED, 90.1, False),
        (State.CANCELLED, 89.9, True),
        (State.CANCELLED, 90.1, False),
    ],
)
def test_the_nightly_job_keeps_done_for_two_weeks_and_failed_for_three_months(
    alice_portal: Portal, work_off: WorkOff, state: State, days: float, stays: bool
) -> None:
    load_handlers()
    finished(alice_portal, state, days)
    enqueue(PRUNE_JOBS, PruneJobs(), organization=None)

    assert work_off()[-1].state == State.DONE

    assert bool(left()) is stays
