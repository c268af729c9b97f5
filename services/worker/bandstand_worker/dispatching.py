"""Admits jobs to Celery: as many as there are slots, fairly among organizations, urgent queues first.

One dispatcher is active at a time, by an advisory lock on its working connection; any number are on standby. A
message takes one slot. Jobs of a `brief` kind are sent several to a message, as many as take a moment together, also
those of several organizations; each of these counts as having a part of the message in flight.

How slots are shared: `bandstand_worker.sharing`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from time import monotonic
from typing import Any

import psycopg
import structlog
from psycopg.rows import dict_row

from bandstand.jobs.controlling import PAUSE_LOCK
from bandstand.jobs.kinds import Queue, kinds
from bandstand_worker.sharing import MOMENT, Due, Flight, Message, WaitingLine, choose, in_time, lend
from bandstand_worker.transport import Transport, TransportDownError

ORGANIZATIONS_PER_LOOK = 20
SLOT_EXPIRES = 15  # seconds since a process last reported its slot
# Seconds for which a reading of the slots, of how long jobs take, and of the switch for maintenance is reused.
SLOTS_KEPT = 0.5

log = structlog.get_logger("bandstand.jobs")

_SLOTS = """
    SELECT queues, count(*) AS slots FROM public.jobs_slot
    WHERE seen_at > clock_timestamp() - make_interval(secs => %s) GROUP BY queues
"""
_MAINTENANCE = "SELECT EXISTS (SELECT FROM public.organizations_maintenance WHERE is_on) AS is_on"
# Of the jobs that ended last, as the index of their ends gives them.
_DURATIONS = """
    SELECT kind, avg(EXTRACT(epoch FROM finished_at - started_at))::float AS seconds FROM (
        SELECT kind, brief, started_at, finished_at FROM public.jobs_job
        WHERE finished_at IS NOT NULL ORDER BY finished_at DESC LIMIT 200
    ) AS ended WHERE brief AND started_at IS NOT NULL GROUP BY kind
"""
# A shared lock that is released with the statement: it is granted unless another session holds it exclusively.
_IN_FLIGHT = """
    SELECT pause.*, flight.* FROM (
        SELECT pg_try_advisory_xact_lock_shared(hashtextextended(%s, 0)) AS free, ARRAY(
            SELECT queue FROM unnest(%s::text[]) AS queue
            WHERE EXISTS (SELECT FROM public.jobs_job AS job WHERE job.state = 'waiting' AND job.queue = queue.queue)
        ) AS waiting
    ) AS pause
    LEFT JOIN (
        SELECT queue, organization, sum(part) AS messages FROM (
            SELECT queue, COALESCE(organization_id, 0) AS organization,
                1.0::float / count(*) OVER (PARTITION BY queue, message) AS part
            FROM public.jobs_job WHERE state IN ('admitted', 'running')
            GROUP BY queue, message, COALESCE(organization_id, 0)
        ) AS parts GROUP BY 1, 2
    ) AS flight ON true
"""
# A loose index scan: jumps from one organization with waiting jobs to the next, without reading the rows between.
_DUE = """
    WITH RECURSIVE walk AS (
        (SELECT COALESCE(organization_id, 0) AS organization, 1 AS step FROM public.jobs_job
         WHERE state = 'waiting' AND queue = %(queue)s AND COALESCE(organization_id, 0) > %(after)s
         ORDER BY COALESCE(organization_id, 0) LIMIT 1)
        UNION ALL
        SELECT (SELECT COALESCE(organization_id, 0) FROM public.jobs_job
                WHERE state = 'waiting' AND queue = %(queue)s AND COALESCE(organization_id, 0) > walk.organization
                ORDER BY COALESCE(organization_id, 0) LIMIT 1), step + 1
        FROM walk WHERE organization IS NOT NULL AND step < %(organizations)s
    )
    SELECT walk.organization, COALESCE(o.slug, '') AS slug, job.id, job.kind, job.brief
    FROM walk
    LEFT JOIN public.organizations_organization o ON o.id = walk.organization
    LEFT JOIN LATERAL (
        SELECT id, kind, brief FROM public.jobs_job
        WHERE state = 'waiting' AND queue = %(queue)s AND COALESCE(organization_id, 0) = walk.organization
          AND run_at <= clock_timestamp()
          AND (walk.organization = 0 OR o.state = 'active' OR o.state || ' ' || kind = ANY(%(exceptions)s))
        ORDER BY run_at, id LIMIT %(each)s
    ) job ON walk.organization <> ALL(%(full)s)
    WHERE walk.organization IS NOT NULL
    ORDER BY walk.organization
"""
# A server's crash may lose an admission, as nobody claims a job that isn't admitted: no wait for the disk.
_ADMIT = """
    UPDATE public.jobs_job AS job SET state = 'admitted', admitted_at = clock_timestamp(), message = chosen.message
    FROM unnest(%s::bigint[], %s::bigint[]) AS chosen (id, message),
        (SELECT set_config('synchronous_commit', 'off', true)) AS hurried
    WHERE job.id = chosen.id AND job.state = 'waiting' RETURNING job.id
"""
_TAKE_BACK = """
    UPDATE public.jobs_job SET state = 'waiting', message = NULL WHERE id = ANY(%s) AND state = 'admitted'
"""


class Dispatcher:
    """Admits jobs over one connection to PostgreSQL and one to Redis."""

    def __init__(self, link: psycopg.Connection[Any], transport: Transport, *, limit: int = 0) -> None:
        self._link = link
        self._transport = transport
        self._limit = limit
        self._after: dict[Queue, int] = dict.fromkeys(Queue, -1)
        self._slots: dict[frozenset[Queue], int] = {}
        self._waiting: list[Queue] = []  # in which jobs wait, due or not
        self._seconds: dict[str, float] = {}  # that jobs of brief kinds take, as far as they ran lately
        self._slots_read_at = float("-inf")
        self._spares = False  # whether bulk jobs wait, because the platform is under maintenance

    def admit(self) -> int:
        """Admit as many jobs as there is room for and return how many. Raises TransportDownError, psycopg.Error."""
        flight = self.flight()
        if flight is None:
            return 0
        queues = [queue for queue in self._waiting if not (self._spares and queue is Queue.BULK)]
        admitted, left = 0, []
        for queue in queues:
            count, is_all = self._admit_from(queue, flight)
            admitted += count
            left += [] if is_all else [queue]
        return admitted + sum(self._lend_to(queue, flight) for queue in left)

    def flight(self) -> Flight | None:
        """Return what is in flight now, or None while admission is paused."""
        if monotonic() - self._slots_read_at > SLOTS_KEPT:
            rows = self._rows(_SLOTS, [SLOT_EXPIRES])
            self._slots = {frozenset(Queue(name) for name in row["queues"]): row["slots"] for row in rows}
            (maintenance,) = self._rows(_MAINTENANCE, [])
            self._spares = maintenance["is_on"]
            self._seconds = {row["kind"]: row["seconds"] for row in self._rows(_DURATIONS)}
            self._slots_read_at = monotonic()
        rows = self._rows(_IN_FLIGHT, [PAUSE_LOCK, [queue.value for queue in Queue]])
        if not rows[0]["free"]:
            return None
        messages = {(Queue(row["queue"]), row["organization"]): row["messages"] for row in rows if row["queue"]}
        self._waiting = [queue for queue in Queue if queue.value in rows[0]["waiting"]]
        return Flight(self._slots, messages, limit=self._limit)

    def _admit_from(self, queue: Queue, flight: Flight) -> tuple[int, bool]:
        """Return how many jobs were admitted, and whether these are all that wait in the queue."""
        admitted = 0
        full = flight.full(queue)
        is_all = not full
        room, share = flight.room(queue), flight.share(queue)
        if not room:
            return 0, False
        for lines in self._lines(queue, flight, each=share * self._bundle() + 1, full=full):
            messages = choose(lines, queue=queue, room=room, share=share, seconds=self._seconds)
            admitted += self._send(messages, flight)
            room -= len(messages)
            is_all &= not any(line.waiting for line in lines)
            if not room:
                break
        return admitted, is_all and bool(room)

    def _lend_to(self, queue: Queue, flight: Flight) -> int:
        lent = 0
        room = flight.lendable(queue)
        if not room:
            return 0
        for lines in self._lines(queue, flight, each=room * self._bundle() + 1, full=[]):
            messages = lend(lines, queue=queue, room=room, seconds=self._seconds)
            lent += self._send(messages, flight)
            room -= len(messages)
            if not room:
                break
        return lent

    def _bundle(self) -> int:
        """Return how many jobs a message may have now, whatever their kind."""
        return max((in_time(MOMENT, each) for each in self._seconds.values()), default=1)

    def _lines(self, queue: Queue, flight: Flight, *, each: int, full: list[int]) -> Iterator[list[WaitingLine]]:
        """Yield all organizations with due jobs, at most `each`, in batches, starting where the last round ended."""
        began = self._after[queue]
        lines, after = self._look(queue, flight, -1, None, each=each, full=full)
        if after is None:  # that's all of them
            yield sorted(lines, key=lambda line: line.organization <= began)
            return
        after = began
        while after is not None:
            lines, after = self._look(queue, flight, after, None, each=each, full=full)
            yield lines
        after = -1 if began >= 0 else None
        while after is not None and after < began:
            lines, after = self._look(queue, flight, after, began, each=each, full=full)
            yield lines

    def _look(
        self, queue: Queue, flight: Flight, after: int, until: int | None, *, each: int, full: list[int]
    ) -> tuple[list[WaitingLine], int | None]:
        rows = self._rows(
            _DUE,
            {
                "queue": queue.value,
                "after": after,
                "organizations": ORGANIZATIONS_PER_LOOK,
                "each": each,
                "full": full,
                "exceptions": _exceptions(),
            },
        )
        lines: dict[int, WaitingLine] = {}
        seen: set[int] = set()
        for row in rows:
            organization = row["organization"]
            seen.add(organization)
            if row["id"] is None or (until is not None and organization > until):
                continue
            line = lines.setdefault(
                organization, WaitingLine(organization, row["slug"], flight.messages_of(queue, organization))
            )
            line.waiting.append(Due(row["id"], row["kind"], row["brief"]))
        last = max(seen) if len(seen) == ORGANIZATIONS_PER_LOOK else None
        return list(lines.values()), last

    def _send(self, messages: Iterable[Message], flight: Flight) -> int:
        messages = list(messages)
        if not messages:
            return 0
        pairs = [(job.number, message.number) for message in messages for job in message.jobs]
        rows = self._rows(_ADMIT, [[job for job, _number in pairs], [number for _job, number in pairs]])
        admitted = {row["id"] for row in rows}  # without those cancelled in the meantime
        for index, message in enumerate(messages):
            jobs = [job.number for job in message.jobs if job.number in admitted]
            try:
                if jobs:
                    whose = " ".join(message.organizations.values())
                    self._transport.publish(message.queue.value, jobs, organizations=whose, yields=message.is_lent)
            except TransportDownError:
                unsent = [job.number for later in messages[index:] for job in later.jobs]
                self._link.execute(_TAKE_BACK, [unsent])
                raise
            flight.add(message)
            self._after[message.queue] = [*message.organizations][-1]
        return len(admitted)

    def _rows(self, statement: str, values: Any = None) -> list[dict[str, Any]]:
        return self._link.cursor(row_factory=dict_row).execute(statement, values).fetchall()


def _exceptions() -> list[str]:
    """Return "state kind" pairs for the kinds that may also run while an organization isn't active."""
    return [f"{state} {kind.name}" for kind in kinds().values() for state in kind.works_in if state != "active"]
