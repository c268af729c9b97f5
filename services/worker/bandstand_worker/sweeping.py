"""Recovers lost work: jobs whose worker died, messages that Redis lost, slots whose process is gone."""

from __future__ import annotations

from typing import Any

import psycopg
import structlog
from psycopg.rows import dict_row

from bandstand.jobs.kinds import Queue
from bandstand.jobs.models import WORKER_DIED
from bandstand_worker.transport import Transport

DEATHS_ALLOWED = 3
LEASE_MARGIN = 1.0  # seconds; allows for clock differences within one statement
MESSAGE_OVERDUE = 5.0  # seconds after which an admitted job must be claimed or its message still be there

log = structlog.get_logger("bandstand.jobs")

_EXPIRED = f"""
    UPDATE public.jobs_job SET
        deaths = deaths + 1,
        attempts = GREATEST(attempts - 1, 0),
        state = CASE
            WHEN cancel_requested THEN 'cancelled' WHEN deaths + 1 >= %(allowed)s THEN 'failed' ELSE 'waiting' END,
        finished_at = CASE WHEN cancel_requested OR deaths + 1 >= %(allowed)s THEN clock_timestamp() END,
        error_class = '{WORKER_DIED}', error = '',
        lease_until = NULL, message = NULL, fence = fence + 1
    WHERE state = 'running' AND lease_until < clock_timestamp() - make_interval(secs => %(margin)s)
    RETURNING id, kind, state, deaths, worker
"""  # noqa: S608 # a constant
_OVERDUE = """
    SELECT id, queue, admitted_at FROM public.jobs_job
    WHERE state = 'admitted' AND admitted_at < clock_timestamp() - make_interval(secs => %s)
"""
_RETURN = """
    UPDATE public.jobs_job AS job SET state = 'waiting', message = NULL
    FROM unnest(%s::bigint[], %s::timestamptz[]) AS lost (id, admitted_at)
    WHERE job.id = lost.id AND job.state = 'admitted' AND job.admitted_at = lost.admitted_at
    RETURNING job.id
"""
_GONE = "DELETE FROM public.jobs_slot WHERE seen_at < clock_timestamp() - interval '1 minute'"


def return_expired(link: psycopg.Connection[Any]) -> int:
    """Requeue jobs whose lease has expired, fail those that killed too many workers; return how many."""
    rows = _rows(link, _EXPIRED, {"allowed": DEATHS_ALLOWED, "margin": LEASE_MARGIN})
    for row in rows:
        log.warning("worker died under a job", job=row["id"], kind=row["kind"], deaths=row["deaths"], now=row["state"])
    return len(rows)


def return_unannounced(link: psycopg.Connection[Any], transport: Transport) -> int:
    """Requeue admitted jobs whose message no longer exists, and return how many. Raises TransportDownError.

    A job whose message was taken at this very moment may be requeued too; its second message will find it claimed.
    """
    overdue = _rows(link, _OVERDUE, [MESSAGE_OVERDUE])
    lost = []
    for queue in Queue:
        suspects = [row for row in overdue if row["queue"] == queue.value]
        if suspects:
            waiting = transport.waiting(queue.value)
            lost += [row for row in suspects if row["id"] not in waiting]
    if not lost:
        return 0
    rows = _rows(link, _RETURN, [[row["id"] for row in lost], [row["admitted_at"] for row in lost]])
    if rows:
        log.warning("messages were lost", jobs=len(rows))
    return len(rows)


def forget_slots(link: psycopg.Connection[Any]) -> None:
    """Delete the slots of processes that have been silent for a minute."""
    link.execute(_GONE)


def _rows(link: psycopg.Connection[Any], statement: str, values: Any) -> list[dict[str, Any]]:
    return link.cursor(row_factory=dict_row).execute(statement, values).fetchall()
