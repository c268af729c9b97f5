"""What becomes of a job, by what its handler does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone, translation

from bandstand.jobs import kinds as declared
from bandstand.jobs.controlling import cancel, retry
from bandstand.jobs.enqueueing import enqueue
from bandstand.jobs.kinds import Kind, Retry, Scope
from bandstand.jobs.models import Job, State
from bandstand.organizations.behind import migrations_digest
from bandstand.organizations.models import Organization
from bandstand.tenancy.provisioning import organization_drop_schema
from bandstand_worker import registry
from bandstand_worker.executing import Executor
from bandstand_worker.ledger import AttemptOutcome, Ledger
from bandstand_worker.run import Interrupted, JobCancelled, JobFailed, LeaseLost, RetryLater, Run
from tests.conftest import Portal
from tests.worker.conftest import Bystander, WorkOff

Body = Callable[["Count", Run], Any]


@dataclass(frozen=True)
class Count:
    number: int


class Trial:
    """A kind whose handler does what a test says."""

    def __init__(self) -> None:
        self.body: Body = lambda _payload, _run: None
        self.kind = Kind(
            "test.trial",
            Count,
            title="Trial",
            scope=Scope.EITHER,
            retry=Retry(attempts=3, first_delay=timedelta(seconds=10)),
            time_limit=timedelta(seconds=5),
        )

    def handle(self, payload: Count, run: Run) -> Any:
        return self.body(payload, run)


@pytest.fixture
def trial(monkeypatch: pytest.MonkeyPatch) -> Iterator[Trial]:
    monkeypatch.setattr(declared, "_REGISTRY", dict(declared._REGISTRY))
    registry.load_handlers()
    made = Trial()
    monkeypatch.setitem(registry._HANDLERS, made.kind.name, made.handle)
    return made


def test_it_enters_the_tenant_with_its_language_and_zone(alice_portal: Portal, trial: Trial, work_off: WorkOff) -> None:
    seen = []
    trial.body = lambda _payload, _run: seen.append(
        (connection.schema_name, translation.get_language(), str(timezone.get_current_timezone()))
    )
    enqueue(trial.kind, Count(1), organization=alice_portal.organization)

    (job,) = work_off()

    assert job.state == State.DONE
    assert seen == [(alice_portal.organization.schema_name, "en", "Europe/Berlin")]
    assert connection.schema_name == "public"


def test_it_runs_a_job_of_the_platform_in_public(db: None, trial: Trial, work_off: WorkOff) -> None:
    seen = []
    trial.body = lambda payload, _run: seen.append((connection.schema_name, payload.number))
    enqueue(trial.kind, Count(7), organization=None)

    work_off()

    assert seen == [("public", 7)]


def test_it_keeps_the_result(alice_portal: Portal, trial: Trial, work_off: WorkOff) -> None:
    trial.body = lambda _payload, _run: {"refused": [3, 4]}
    enqueue(trial.kind, Count(1), organization=alice_portal.organization)

    (job,) = work_off()

    assert job.result == {"refused": [3, 4]}


def test_it_never_begins_when_the_schema_is_gone(alice_portal: Portal, trial: Trial, work_off: WorkOff) -> None:
    trial.body = lambda _payload, _run: pytest.fail("the handler ran without its tenant")
    enqueue(trial.kind, Count(1), organization=alice_portal.organization)
    organization_drop_schema(alice_portal.organization)

    (job,) = work_off()

    assert job.state == State.CANCELLED
    assert str(job.explanation) == "The portal no longer exists."


def test_it_holds_a_job_while_the_portal_is_suspended(alice_portal: Portal, trial: Trial, work_off: WorkOff) -> None:
    trial.body = lambda _payload, _run: pytest.fail("the handler ran in a suspended portal")
    enqueue(trial.kind, Count(1), organization=alice_portal.organization)
    Organization.objects.filter(pk=alice_portal.organization.pk).update(state=Organization.State.SUSPENDED)

    (job,) = work_off()

    assert (job.state, job.attempts) == (State.WAITING, 0)


def test_it_holds_a_job_while_the_portal_is_behind(alice_portal: Portal, trial: Trial, work_off: WorkOff) -> None:
    trial.body = lambda _payload, _run: pytest.fail("the handler ran in a schema that isn't migrated")
    enqueue(trial.kind, Count(1), organization=alice_portal.organization)
    Organization.objects.filter(pk=alice_portal.organization.pk).update(lacks_migrations=migrations_digest())

    (job,) = work_off()

    assert (job.state, job.attempts) == (State.WAITING, 0)
    assert "is being updated" in str(job.explanation)


def test_it_holds_a_job_until_the_portals_backup_is_back(alice_portal: Portal, trial: Trial, work_off: WorkOff) -> None:
    trial.body = lambda _payload, _run: pytest.fail("the handler ran without its tenant")
    enqueue(trial.kind, Count(1), organization=alice_portal.organization)
    organization_drop_schema(alice_portal.organization)
    Organization.objects.filter(pk=alice_portal.organization.pk).update(lacks_migrations=migrations_digest())

    (job,) = work_off()

    assert (job.state, job.attempts) == (State.WAITING, 0)


def test_it_cancels_a_job_of_a_portal_that_is_being_deleted(
    alice_portal: Portal, trial: Trial, work_off: WorkOff
) -> None:
    trial.body = lambda _payload, _run: pytest.fail("the handler ran in a portal that is being deleted")
    enqueue(trial.kind, Count(1), organization=alice_portal.organization)
    Organization.objects.filter(pk=alice_portal.organization.pk).update(state=Organization.State.DELETING)

    (job,) = work_off()

    assert job.state == State.CANCELLED


def test_it_tries_again_later_and_gives_up_in_the_end(db: None, trial: Trial, work_off: WorkOff) -> None:
    def fail(_payload: Count, _run: Run) -> None:
        raise ConnectionError("details that are nobody's business")

    trial.body = fail
    enqueue(trial.kind, Count(1), organization=None)

    (job,) = work_off()
    assert (job.state, job.attempts) == (State.WAITING, 1)
    assert job.run_at > timezone.now() + timedelta(seconds=4)
    work_off()
    (job,) = work_off()

    assert (job.state, job.attempts, job.error_class) == (State.FAILED, 3, "ConnectionError")
    assert "nobody's business" not in str(job.explanation)


def test_it_gives_up_at_once_with_the_handlers_words(db: None, trial: Trial, work_off: WorkOff) -> None:
    def refuse(_payload: Count, _run: Run) -> None:
        raise JobFailed("The sheet has no column called “Name”.")

    trial.body = refuse
    enqueue(trial.kind, Count(1), organization=None)

    (job,) = work_off()

    assert job.state == State.FAILED
    assert job.explanation == "The sheet has no column called “Name”."


def test_it_waits_without_counting_when_asked_to(db: None, trial: Trial, work_off: WorkOff) -> None:
    def later(_payload: Count, _run: Run) -> None:
        raise RetryLater(delay=timedelta(seconds=2), counts=False)

    trial.body = later
    enqueue(trial.kind, Count(1), organization=None)

    for _time in range(5):
        (job,) = work_off()

    assert (job.state, job.attempts) == (State.WAITING, 0)


def test_it_stops_what_takes_longer_than_it_may(
    db: None, trial: Trial, work_off: WorkOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    object.__setattr__(trial.kind, "time_limit", timedelta(milliseconds=50))
    object.__setattr__(trial.kind, "retry", Retry(attempts=1))

    def loop(_payload: Count, _run: Run) -> None:
        while True:
            pass

    trial.body = loop
    enqueue(trial.kind, Count(1), organization=None)

    (job,) = work_off()

    assert (job.state, job.error_class) == (State.FAILED, "TimeLimit")


@pytest.mark.parametrize(
    ("reason", "state", "attempts"),
    [(JobCancelled, State.CANCELLED, 1), (Interrupted, State.WAITING, 0), (LeaseLost, State.RUNNING, 1)],
)
def test_it_stops_between_steps(  # noqa: PLR0917
    reason: type[BaseException],
    state: State,
    attempts: int,
    db: None,
    trial: Trial,
    work_off: WorkOff,
    bystander: Bystander,
) -> None:
    def step(_payload: Count, run: Run) -> None:
        try:
            run.progress(1, 10, "first")
        except Exception:  # noqa: BLE001 - as careless handlers do
            pytest.fail("a handler's own except swallowed the stop")
        pytest.fail("the handler went on")

    trial.body = step
    bystander.stop_with = reason
    enqueue(trial.kind, Count(1), organization=None)

    (job,) = work_off()

    assert (job.state, job.attempts) == (state, attempts)


def test_it_keeps_the_last_progress(db: None, trial: Trial, work_off: WorkOff) -> None:
    trial.body = lambda _payload, run: run.progress(8, 10, "Motörhead")
    enqueue(trial.kind, Count(1), organization=None)

    (job,) = work_off()

    assert (job.progress_done, job.progress_total, job.progress_message) == (8, 10, "Motörhead")


def test_it_leaves_a_payload_of_a_newer_release_to_a_newer_worker(db: None, trial: Trial, work_off: WorkOff) -> None:
    trial.body = lambda _payload, _run: pytest.fail("the handler ran with a payload it can't know")
    job = enqueue(trial.kind, Count(1), organization=None)
    Job.objects.filter(pk=job.pk).update(payload_version=2)

    (job,) = work_off()

    assert (job.state, job.attempts) == (State.WAITING, 0)


def test_it_runs_a_job_once_however_many_messages_carry_it(db: None, trial: Trial, executor: Executor) -> None:
    seen: list[int] = []
    trial.body = lambda payload, _run: seen.append(payload.number)
    job = enqueue(trial.kind, Count(1), organization=None)
    Job.objects.update(state=State.ADMITTED)

    executor.work([job.pk, job.pk])
    executor.work([job.pk])

    assert seen == [1]


def test_it_lets_nobody_report_with_an_old_fence(db: None, trial: Trial, ledger: Ledger) -> None:
    job = enqueue(trial.kind, Count(1), organization=None)
    Job.objects.update(state=State.ADMITTED)
    first = ledger.claim(job.pk)
    assert first is not None
    Job.objects.update(state=State.ADMITTED, lease_until=None)  # as the sweep and the dispatcher leave it
    second = ledger.claim(job.pk)
    assert second is not None

    ledger.finish(AttemptOutcome(job_id=job.pk, fence=first.fence, state=State.DONE))
    assert Job.objects.get().state == State.RUNNING
    assert ledger.renew(first, None) is None

    ledger.finish(AttemptOutcome(job_id=job.pk, fence=second.fence, state=State.DONE))
    assert Job.objects.get().state == State.DONE


def test_it_runs_nothing_that_was_cancelled_while_it_waited(db: None, trial: Trial, executor: Executor) -> None:
    trial.body = lambda _payload, _run: pytest.fail("the handler ran")
    job = enqueue(trial.kind, Count(1), organization=None)
    Job.objects.update(state=State.ADMITTED)
    cancel(Job.objects.all())

    executor.work([job.pk])

    assert Job.objects.get().state == State.CANCELLED


def test_it_starts_a_failed_job_again_with_all_its_attempts(db: None, trial: Trial, work_off: WorkOff) -> None:
    def refuse(_payload: Count, _run: Run) -> None:
        raise JobFailed("no")

    trial.body = refuse
    enqueue(trial.kind, Count(1), organization=None)
    work_off()
    trial.body = lambda _payload, _run: None

    assert retry(Job.objects.failed()) == 1
    (job,) = work_off()

    assert (job.state, job.attempts, job.error) == (State.DONE, 1, "")


def test_it_hands_back_what_it_didnt_begin_when_the_worker_stops(
    db: None, trial: Trial, ledger: Ledger, bystander: Bystander
) -> None:
    seen: list[int] = []
    trial.body = lambda payload, _run: seen.append(payload.number)
    jobs = [enqueue(trial.kind, Count(number), organization=None) for number in range(3)]
    Job.objects.update(state=State.ADMITTED)

    Executor(ledger, bystander, draining=lambda: bool(seen)).work([job.pk for job in jobs])

    assert seen == [0]
    assert list(Job.objects.order_by("pk").values_list("state", flat=True)) == ["done", "waiting", "waiting"]
