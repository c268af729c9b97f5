"""How the worker updates the rows of jobs: claims, renews and finishes them.

Uses its own connection, in `public` and outside the handler's transactions, so that its writes are visible at once
whatever the handler's transaction does. A claim increments the row's fencing token; every later statement carries
that token, so a worker whose lease has expired can no longer report anything.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from threading import RLock
from time import monotonic, sleep
from typing import Any, TypeVar

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from bandstand.database.connection import connection, session
from bandstand.database.local_settings import LocalSettingsCursor
from bandstand.database.outages import LOST
from bandstand.jobs.controlling import BELL
from bandstand.jobs.models import FINISHED, State
from bandstand.organizations.models import Organization

Result = TypeVar("Result")
Row = dict[str, Any]

_ORGANIZATION_FIELDS = [column.attname for column in Organization._meta.concrete_fields]  # noqa: SLF001
_ORGANIZATION_COLUMNS = ", ".join(f'o."{name}" AS "org_{name}"' for name in _ORGANIZATION_FIELDS)

_FINISH = """
    UPDATE public.jobs_job SET
        state = CASE WHEN %(state)s = 'waiting' AND cancel_requested THEN 'cancelled' ELSE %(state)s END,
        finished_at = CASE WHEN %(state)s <> 'waiting' OR cancel_requested THEN clock_timestamp() END,
        run_at = CASE WHEN %(state)s = 'waiting' THEN clock_timestamp() + %(delay)s ELSE run_at END,
        attempts = attempts - %(refund)s,
        lease_until = NULL, message = NULL,
        progress_done = COALESCE(%(done)s, progress_done),
        progress_total = COALESCE(%(total)s, progress_total),
        progress_message = COALESCE(%(words)s, progress_message),
        result = %(result)s, error = %(error)s, error_class = %(error_class)s
    WHERE id = %(finished)s AND fence = %(fence)s AND state = 'running'
    RETURNING id
"""
_CLAIM = """
    UPDATE public.jobs_job SET
        state = 'running', fence = fence + 1, attempts = attempts + 1, worker = %(worker)s,
        started_at = clock_timestamp(), lease_until = clock_timestamp() + %(lease)s,
        progress_done = 0, progress_total = 0, progress_message = ''
    WHERE id = %(claimed)s AND state = 'admitted'
    RETURNING id, organization_id, kind, payload::text AS payload, payload_version, attempts, fence, trace
"""
_CLAIMED_COLUMNS = f"""
    claimed.*, to_regnamespace(quote_ident(o.schema_name)) IS NOT NULL AS standing, {_ORGANIZATION_COLUMNS}
    FROM (SELECT 1) AS one LEFT JOIN claimed ON true
    LEFT JOIN public.organizations_organization o ON o.id = claimed.organization_id
"""
_FINISH_AND_CLAIM = f"""
    WITH finished AS ({_FINISH}), claimed AS ({_CLAIM})
    SELECT (SELECT count(*) FROM finished) AS finished_rows, {_CLAIMED_COLUMNS}
"""  # noqa: S608 # made of the constants above
_CLAIM_ALONE = f"WITH claimed AS ({_CLAIM}) SELECT 0 AS finished_rows, {_CLAIMED_COLUMNS}"
_FINISH_AND_RING = f"WITH finished AS ({_FINISH}) SELECT (SELECT count(*) FROM finished), pg_notify('{BELL}', '')"  # noqa: S608 # made of constants and quoted names

_RENEW = """
    UPDATE public.jobs_job SET
        lease_until = clock_timestamp() + %(lease)s,
        progress_done = COALESCE(%(done)s, progress_done),
        progress_total = COALESCE(%(total)s, progress_total),
        progress_message = COALESCE(%(words)s, progress_message)
    WHERE id = %(id)s AND fence = %(fence)s AND state = 'running'
    RETURNING cancel_requested
"""
_LOOK = "SELECT cancel_requested FROM public.jobs_job WHERE id = %(id)s AND fence = %(fence)s AND state = 'running'"
_HAND_BACK = "UPDATE public.jobs_job SET state = 'waiting', message = NULL WHERE id = ANY(%s) AND state = 'admitted'"
_REGISTER = """
    INSERT INTO public.jobs_slot (name, queues, seen_at) VALUES (%(name)s, %(queues)s, clock_timestamp())
    ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at, queues = excluded.queues
    RETURNING xmax = 0 AS new
"""


@dataclass(frozen=True)
class Claim:
    """A job that this process holds."""

    job_id: int
    fence: int
    kind: str
    payload: dict[str, Any]
    payload_version: int
    attempt: int
    organization: Organization | None
    standing: bool  # whether the organization's schema exists
    trace: str  # of the request that enqueued it; empty without one
    lease_ends: float  # by this process's monotonic clock, rounded to the safe side


@dataclass(frozen=True, kw_only=True)
class AttemptOutcome:
    """How an attempt ended. `refund` is the number of attempts that don't count."""

    job_id: int
    fence: int
    state: State
    delay: timedelta = timedelta()
    refund: int = 0
    result: Any = None
    error: str = ""
    error_class: str = ""
    progress: tuple[int, int, str] | None = field(default=None)

    @property
    def is_end(self) -> bool:
        """Whether the job has reached a final state."""
        return self.state in FINISHED


# A server that doesn't answer must not keep a worker from noticing that its lease is expiring.
_IMPATIENT = {"connect_timeout": 5, "tcp_user_timeout": 5000}


# If a server crash lost a committed claim, a second worker could run the same job.
_SAFE = "synchronous_commit"


class _LedgerCursor(LocalSettingsCursor):
    """Makes each commit synchronous where there is no session to set that for."""

    def local_settings(self) -> Sequence[str]:
        return (f"SET LOCAL {_SAFE} = on",)


def connect(*, name: str, with_session: bool = False) -> psycopg.Connection[Any]:
    """Return a new connection to Django's database, outside its pool. Raises psycopg.OperationalError.

    It goes through the pooler if there is one, unless `with_session`, which session locks and notifications need. Then
    it raises ImproperlyConfigured where PostgreSQL's direct address isn't set.
    """
    if with_session:
        with session():
            return _connect(name)
    return _connect(name)


def _connect(name: str) -> psycopg.Connection[Any]:
    parameters = {**connection.get_connection_params(), "application_name": name, **_IMPATIENT}
    for unwanted in ("cursor_factory", "prepare_threshold", "context", "pool"):
        parameters.pop(unwanted, None)
    if not connection.has_session:
        return psycopg.connect(**parameters, autocommit=True, prepare_threshold=None, cursor_factory=_LedgerCursor)
    parameters["options"] = f"{parameters.get('options', '')} -c {_SAFE}=on".strip()
    return psycopg.connect(**parameters, autocommit=True)


class Ledger:
    """One process's access to the table of jobs. Thread-safe."""

    def __init__(self, *, worker: str, lease: timedelta) -> None:
        self.worker = worker
        self.lease = lease
        self._connection: psycopg.Connection[Any] | None = None
        self._lock = RLock()

    def claim(self, number: int) -> Claim | None:
        """Claim an admitted job for this process and return it; None if it can't be claimed."""
        return self.finish_and_claim(None, number)

    def finish_and_claim(self, outcome: AttemptOutcome | None, number: int) -> Claim | None:
        """Write the outcome of one job and claim another, in one round trip and one commit."""
        asked_at = monotonic()
        values = {"worker": self.worker, "lease": self.lease, "claimed": number}
        statement = _CLAIM_ALONE
        if outcome is not None:
            values |= self._outcome_values(outcome)
            statement = _FINISH_AND_CLAIM
        row = self._one(statement, values)
        return self._claim_from(row, asked_at) if row and row["id"] is not None else None

    def finish(self, outcome: AttemptOutcome) -> None:
        """Write the outcome and notify the dispatcher that a slot is free."""
        self._one(_FINISH_AND_RING, self._outcome_values(outcome))

    def renew(self, claim: Claim, progress: tuple[int, int, str] | None) -> bool | None:
        """Extend the lease and write progress; return whether to cancel the job, None if the lease is lost."""
        done, total, words = progress or (None, None, None)
        values = {"id": claim.job_id, "fence": claim.fence, "lease": self.lease}
        row = self._one(_RENEW, {**values, "done": done, "total": total, "words": words}, retry=False)
        return None if row is None else bool(row["cancel_requested"])

    def look(self, claim: Claim) -> bool | None:
        """Return whether to cancel the job, None if the lease is lost."""
        row = self._one(_LOOK, {"id": claim.job_id, "fence": claim.fence}, retry=False)
        return None if row is None else bool(row["cancel_requested"])

    def hand_back(self, numbers: Sequence[int]) -> None:
        """Put jobs that were admitted but not claimed back into the queue."""
        self._run(lambda link: link.execute(_HAND_BACK, [list(numbers)]))
        self.ring()

    def ring(self) -> None:
        """Wake the dispatcher."""
        self._run(lambda link: link.execute("SELECT pg_notify(%s, '')", [BELL]))

    def register(self, queues: Sequence[str]) -> None:
        """Register this process as a slot for these queues."""
        row = self._one(_REGISTER, {"name": self.worker, "queues": Jsonb(list(queues))}, retry=False)
        if row and row["new"]:
            self.ring()

    def deregister(self) -> None:
        """Remove this process's slot."""
        with suppress(psycopg.Error):
            self._run(
                lambda link: link.execute("DELETE FROM public.jobs_slot WHERE name = %s", [self.worker]), retry=False
            )

    def close(self) -> None:
        """Close the connection; the next call opens another one."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _outcome_values(self, outcome: AttemptOutcome) -> Row:
        done, total, words = outcome.progress or (None, None, None)
        return {
            "finished": outcome.job_id,
            "fence": outcome.fence,
            "state": outcome.state.value,
            "delay": outcome.delay,
            "refund": outcome.refund,
            "done": done,
            "total": total,
            "words": words,
            "result": None if outcome.result is None else Jsonb(outcome.result),
            "error": outcome.error,
            "error_class": outcome.error_class,
        }

    def _claim_from(self, row: Row, asked_at: float) -> Claim:
        organization = None
        if row["organization_id"] is not None:
            values = [row[f"org_{name}"] for name in _ORGANIZATION_FIELDS]
            organization = Organization.from_db(connection.alias, _ORGANIZATION_FIELDS, values)
        return Claim(
            job_id=row["id"],
            fence=row["fence"],
            kind=row["kind"],
            payload=json.loads(row["payload"]),
            payload_version=row["payload_version"],
            attempt=row["attempts"],
            organization=organization,
            standing=organization is None or row["standing"],
            trace=row["trace"],
            lease_ends=asked_at + self.lease.total_seconds(),
        )

    def _one(self, statement: str, values: Row, *, retry: bool = True) -> Row | None:
        return self._run(
            lambda link: link.cursor(row_factory=dict_row).execute(statement, values).fetchone(), retry=retry
        )

    def _run(self, work: Callable[[psycopg.Connection[Any]], Result], *, retry: bool = True) -> Result:
        """Return `work(connection)`, retrying for as long as a lease lasts while the database is unavailable.

        A statement whose answer was lost is sent twice; all of them are idempotent.
        """
        give_up = monotonic() + self.lease.total_seconds()
        while True:
            try:
                with self._lock:
                    if self._connection is None or self._connection.closed:
                        self._connection = connect(name=f"bandstand {self.worker}")
                    return work(self._connection)
            except LOST:
                self.close()
                if not retry or monotonic() > give_up:
                    raise
                sleep(0.2)
