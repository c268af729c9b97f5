"""Enqueues background jobs.

A job is a row written in the caller's transaction, so it exists if and only if that transaction commits. A trigger
notifies the dispatcher (NOTIFY) with the same commit, so nothing here talks to Redis, and an outage of Redis can't
fail a request. When it is due is told by the database's clock, as one of ours may be wrong.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

from bandstand import tracing
from bandstand.jobs.kinds import Kind, Queue, Scope
from bandstand.jobs.models import Job
from bandstand.organizations.models import Organization

Payload = TypeVar("Payload")
BATCH = 1000
ONE_PER_KEY = "one_unfinished_job_per_key"


class ScopeError(ValueError):
    """The kind needs an organization and got none, or the other way round."""


def enqueue(
    kind: Kind[Payload],
    payload: Payload,
    *,
    organization: Organization | None,
    delay: timedelta | None = None,
    at: datetime | None = None,
    key: str = "",
    created_by: str = "",
    queue: Queue | None = None,
) -> Job:
    """Return the row of a new job of this kind; it starts once the current transaction commits.

    `delay` or `at` (aware) postpone it; `queue` replaces that of its kind. With a `key`, an unfinished job of the same
    kind, organization and key is returned instead of a second one. `created_by` is shown to the team. Raises
    PayloadError, ScopeError.
    """
    if not key:
        job = _row(kind, payload, organization, due=_due(delay, at), created_by=created_by, queue=queue)
        _save(job)
        return job
    while True:
        waiting = Job.objects.filter(organization=organization, kind=kind.name, key=key)
        existing = waiting.unfinished().first()
        if existing is not None:
            return existing
        job = _row(kind, payload, organization, due=_due(delay, at), created_by=created_by, key=key, queue=queue)
        try:
            with transaction.atomic():
                _save(job)
        except IntegrityError as problem:
            if ONE_PER_KEY not in str(problem):
                raise
            continue  # another process was faster: look again
        return job


def enqueue_many(
    kind: Kind[Payload],
    payloads: Iterable[Payload],
    *,
    organization: Organization | None,
    delay: timedelta | None = None,
    at: datetime | None = None,
    created_by: str = "",
) -> list[Job]:
    """Return one new job per payload, written in few statements. Raises PayloadError, ScopeError."""
    rows = [_row(kind, payload, organization, due=_due(delay, at), created_by=created_by) for payload in payloads]
    Job.objects.bulk_create(rows, batch_size=BATCH)
    for job in rows:
        _know(job)
    return rows


def _save(job: Job) -> None:
    job.save(force_insert=True)
    _know(job)


def _know(job: Job) -> None:
    """Have the time that the database wrote be read when it is asked for."""
    del job.run_at


def _due(delay: timedelta | None, at: datetime | None) -> datetime | Combinable:
    if delay is not None and at is not None:
        raise ValueError("Give delay or at, not both.")
    return at or (Now() + delay if delay else Now())


def _row(
    kind: Kind[Any],
    payload: Any,
    organization: Organization | None,
    *,
    due: datetime | Combinable,
    created_by: str,
    key: str = "",
    queue: Queue | None = None,
) -> Job:
    if kind.scope is Scope.ORGANIZATION and organization is None:
        raise ScopeError(f"{kind.name} is work of an organization; say whose.")
    if kind.scope is Scope.PLATFORM and organization is not None:
        raise ScopeError(f"{kind.name} is the platform's work; organization must be None.")
    return Job(
        organization=organization,
        kind=kind.name,
        payload=kind.encode(payload),
        payload_version=kind.version,
        queue=(queue or kind.queue).value,
        brief=kind.brief,
        key=key,
        run_at=due,
        created_by=created_by[:150],
        trace=tracing.current_trace(),
    )
