"""Runs jobs: claims them, enters the tenant, calls the handler and writes the outcome."""

from __future__ import annotations

import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from time import monotonic
from types import FrameType
from typing import Any, Protocol

import sentry_sdk
import structlog
from django.db import reset_queries
from django.utils import timezone, translation
from django_tenants.utils import schema_context, tenant_context

from bandstand import tracing
from bandstand.content.changes import Change
from bandstand.content.changing import Changer, changing_as
from bandstand.database.connection import connection
from bandstand.database.outages import outage_of
from bandstand.jobs import models as reasons
from bandstand.jobs.kinds import Kind, PayloadError, kinds
from bandstand.jobs.models import State
from bandstand.organizations.behind import is_behind
from bandstand.organizations.models import Organization
from bandstand_worker.ledger import AttemptOutcome, Claim, Ledger
from bandstand_worker.registry import load_handlers
from bandstand_worker.run import Interrupted, JobCancelled, JobFailed, LeaseLost, RetryLater, Run

OUTAGE_PAUSE = timedelta(seconds=2)
NEWER_PAUSE = timedelta(seconds=30)
BEHIND_PAUSE = timedelta(minutes=1)

log = structlog.get_logger("bandstand.jobs")


class TimeLimitExceeded(BaseException):
    """The job ran longer than its kind allows."""


class JobWatcher(Protocol):
    """Looks after a running job; `Keeper` in a worker."""

    def watch(self, claim: Claim, run: Run, time_limit: timedelta) -> None:
        """Start looking after a job."""

    def release(self) -> None:
        """Stop looking after the job."""


class Executor:
    """Runs jobs in this process, one at a time."""

    def __init__(self, ledger: Ledger, watcher: JobWatcher, *, draining: Callable[[], bool]) -> None:
        self._ledger = ledger
        self._watcher = watcher
        self._draining = draining
        self._handlers = load_handlers()

    def work(self, numbers: Sequence[int]) -> None:
        """Run those of these jobs that are still to be run; on shutdown hand the rest back."""
        left = deque(numbers)
        outcome: AttemptOutcome | None = None
        while left and not self._draining():
            claim = self._ledger.finish_and_claim(outcome, left.popleft())
            outcome = self._attempt(claim) if claim else None
        if outcome is not None:
            self._ledger.finish(outcome)
        if left:
            self._ledger.hand_back(left)

    def _attempt(self, claim: Claim) -> AttemptOutcome | None:
        organization = claim.organization.slug if claim.organization else None
        with (
            structlog.contextvars.bound_contextvars(
                job=claim.job_id, kind=claim.kind, organization=organization, attempt=claim.attempt
            ),
            tracing.step(claim.kind, "consumer", trace=claim.trace) as step,
        ):
            began = monotonic()
            outcome = self._refuse(claim) or self._call(claim, kinds()[claim.kind])
            _describe(step, claim, outcome)
            seconds = round(monotonic() - began, 4)
            if outcome is None:
                log.warning("job lost its lease", seconds=seconds)
            else:
                log.info("job ended", state=outcome.state.value, seconds=seconds, reason=outcome.error_class or None)
            return outcome

    def _refuse(self, claim: Claim) -> AttemptOutcome | None:
        """Return the outcome of a job that must not start now; None if it may start."""
        kind = kinds().get(claim.kind)
        if kind is None or claim.payload_version > kind.version:
            # Enqueued by a newer release; a worker of that release will run it.
            return _outcome(claim, State.WAITING, delay=NEWER_PAUSE, refund=1, error_class=reasons.NEWER)
        organization = claim.organization
        if organization is None:
            return None
        is_gone = not claim.standing and not is_behind(organization)  # otherwise a restore will bring the schema back
        if is_gone or (organization.state == "deleting" and "deleting" not in kind.works_in):
            return _outcome(claim, State.CANCELLED, error_class=reasons.TENANT_GONE)
        if organization.state not in kind.works_in:
            # From now on the dispatcher skips it until the organization is active again.
            return _outcome(claim, State.WAITING, refund=1, error_class=reasons.SUSPENDED)
        if is_behind(organization) and "deleting" not in kind.works_in:
            return _outcome(claim, State.WAITING, delay=BEHIND_PAUSE, refund=1, error_class=reasons.BEHIND)
        return None

    def _call(self, claim: Claim, kind: Kind[Any]) -> AttemptOutcome | None:
        run = Run(job_id=claim.job_id, kind=claim.kind, organization=claim.organization, attempt=claim.attempt)
        try:
            payload = kind.decode(claim.payload, claim.payload_version)
            with (
                self._watched(claim, run, kind),
                entered(claim.organization),
                changing_as(lambda: Changer(by=Change.By.JOB)),
                _time_limit(kind.time_limit),
            ):
                result = self._handlers[kind.name](payload, run)
            outcome = _outcome(claim, State.DONE, result=result)
        except LeaseLost:
            return None
        except JobCancelled:
            outcome = _outcome(claim, State.CANCELLED)
        except Interrupted:
            outcome = _outcome(claim, State.WAITING, refund=1)
        except JobFailed as problem:
            outcome = _outcome(claim, State.FAILED, error=str(problem), error_class=reasons.REFUSED)
        except RetryLater as problem:
            outcome = _again(claim, kind, problem)
        except PayloadError as problem:
            log.exception("payload can't be read")
            outcome = _outcome(claim, State.FAILED, error_class=type(problem).__name__)
        except TimeLimitExceeded:
            outcome = _after_failure(claim, kind, reasons.TIME_LIMIT)
        except Exception as problem:  # noqa: BLE001 - an exception from a handler fails the attempt, not the worker
            outcome = self._after_exception(claim, kind, problem)
        return replace(outcome, progress=run.take_progress())

    def _after_exception(self, claim: Claim, kind: Kind[Any], problem: Exception) -> AttemptOutcome:
        if _connection_is_lost() or outage_of(problem):
            connection.discard()
            log.warning("a job met an outage", error=type(problem).__name__)
            return _outcome(claim, State.WAITING, delay=OUTAGE_PAUSE, refund=1, error_class=reasons.OUTAGE)
        outcome = _after_failure(claim, kind, type(problem).__name__)
        with sentry_sdk.new_scope() as scope:
            scope.set_tags({"job": claim.job_id, "kind": claim.kind, "attempt": claim.attempt})
            scope.set_tag("organization", claim.organization.slug if claim.organization else "platform")
            scope.capture_exception(problem)
        log.error("job raised", error=type(problem).__name__, final=outcome.is_end, exc_info=problem)
        return outcome

    @contextmanager
    def _watched(self, claim: Claim, run: Run, kind: Kind[Any]) -> Iterator[None]:
        self._watcher.watch(claim, run, kind.time_limit)
        try:
            yield
        finally:
            self._watcher.release()
            reset_queries()


def _describe(step: tracing.Step, claim: Claim, outcome: AttemptOutcome | None) -> None:
    step.describe({"bandstand.job": claim.job_id, "bandstand.job.attempt": claim.attempt})
    step.describe({"bandstand.job.state": outcome.state.value if outcome else "lost"})
    step.concerns(claim.organization.slug if claim.organization else None)
    if outcome is None or outcome.error_class:
        step.failed(outcome.error_class if outcome else "LeaseLost")


@contextmanager
def entered(organization: Organization | None) -> Iterator[None]:
    """Enter the organization's schema, language and time zone for the block; `public` for None."""
    if organization is None:
        with schema_context("public"):
            yield
        return
    with (
        tenant_context(organization),
        translation.override(organization.language),
        timezone.override(organization.time_zone),
    ):
        yield


@contextmanager
def _time_limit(limit: timedelta) -> Iterator[None]:
    """Raise TimeLimitExceeded in the main thread once `limit` has passed."""

    def ring(_sign: int, _frame: FrameType | None) -> None:
        raise TimeLimitExceeded

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, limit.total_seconds())
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _connection_is_lost() -> bool:
    link = connection.connection
    return link is not None and (link.closed or link.broken)


def _after_failure(claim: Claim, kind: Kind[Any], error_class: str) -> AttemptOutcome:
    if claim.attempt >= kind.retry.attempts:
        return _outcome(claim, State.FAILED, error_class=error_class)
    return _outcome(claim, State.WAITING, delay=kind.retry.delay(claim.attempt), error_class=error_class)


def _again(claim: Claim, kind: Kind[Any], asked: RetryLater) -> AttemptOutcome:
    if not asked.counts:
        pause = asked.delay or kind.retry.first_delay
        return _outcome(claim, State.WAITING, delay=pause, refund=1, error=str(asked))
    outcome = replace(_after_failure(claim, kind, reasons.REFUSED), error=str(asked))
    return replace(outcome, delay=asked.delay) if asked.delay and not outcome.is_end else outcome


def _outcome(claim: Claim, state: State, **values: Any) -> AttemptOutcome:
    return AttemptOutcome(job_id=claim.job_id, fence=claim.fence, state=state, **values)
