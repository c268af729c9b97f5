"""Admits jobs to Celery: as many as there are slots, fairly among organizations, urgent queues first.

One dispatcher is active at a time, by an advisory lock on its working connection; any number are on standby. A
message takes one slot. Jobs of a `brief` kind are sent several to a message.

How many messages may be in flight:
- of `interactive`: twice the slots, so that a slot that becomes free finds the next message waiting;
- of `default`: all slots but one, and of `bulk`: half of them, so that an urgent job never finds every slot taken;
- of one organization in one queue: one less than the queue has, so that another organization's job finds a free one.
"""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import psycopg
import structlog
from psycopg.rows import dict_row

from bandstand.jobs.controlling import PAUSE_LOCK
from bandstand.jobs.kinds import Queue, kinds
from bandstand_worker.transport import Transport, TransportDownError

BUNDLE = 10  # jobs of a brief kind in one message, at most
ORGANIZATIONS_PER_LOOK = 20
SLOT_EXPIRES = 15  # seconds since a process last reported its slot
SLOTS_KEPT = 0.5  # seconds for which a reading of the slots, and of the switch for maintenance, is reused

log = structlog.get_logger("bandstand.jobs")

_SLOTS = """
    SELECT queues, count(*) AS slots FROM public.jobs_slot
    WHERE seen_at > clock_timestamp() - make_interval(secs => %s) GROUP BY queues
"""
_MAINTENANCE = "SELECT EXISTS (SELECT FROM public.organizations_maintenance WHERE is_on) AS is_on"
# A shared lock that is released with the statement: it is granted unless another session holds it exclusively.
_IN_FLIGHT = """
    SELECT pause.free, flight.* FROM (SELECT pg_try_advisory_xact_lock_shared(hashtextextended(%s, 0)) AS free) AS pause
    LEFT JOIN (
        SELECT queue, COALESCE(organization_id, 0) AS organization, count(DISTINCT message) AS messages
        FROM public.jobs_job WHERE state IN ('admitted', 'running') GROUP BY 1, 2
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
_ADMIT = """
    UPDATE public.jobs_job AS job SET state = 'admitted', admitted_at = clock_timestamp(), message = chosen.message
    FROM unnest(%s::bigint[], %s::bigint[]) AS chosen (id, message)
    WHERE job.id = chosen.id AND job.state = 'waiting' RETURNING job.id
"""
_TAKE_BACK = """
    UPDATE public.jobs_job SET state = 'waiting', message = NULL WHERE id = ANY(%s) AND state = 'admitted'
"""


@dataclass(frozen=True)
class Due:
    """A job that may be admitted."""

    number: int
    kind: str
    brief: bool


@dataclass
class WaitingLine:
    """One organization's waiting jobs in one queue, and how many messages it has in flight there."""

    organization: int
    slug: str
    messages: int
    waiting: deque[Due] = field(default_factory=deque)


@dataclass(frozen=True)
class Message:
    """Jobs of one organization that are sent to Celery together."""

    number: int
    queue: Queue
    organization: int
    slug: str
    jobs: tuple[int, ...]


class Flight:
    """The messages in flight, and how much room is left."""

    def __init__(
        self, slots: Mapping[frozenset[Queue], int], messages: Mapping[tuple[Queue, int], int], *, limit: int = 0
    ) -> None:
        self._slots = slots
        self._messages = Counter(messages)
        self._limit = limit

    def slots_of(self, queue: Queue) -> int:
        """Return how many processes serve `queue`."""
        return sum(count for queues, count in self._slots.items() if queue in queues)

    def capacity(self, queue: Queue) -> int:
        """Return how many messages of `queue` may be in flight at once."""
        slots = self.slots_of(queue)
        if queue is Queue.INTERACTIVE:
            return slots * 2
        if not self._shared(queue, Queue.INTERACTIVE):
            return slots
        return min(slots, max(1, slots - 1 if queue is Queue.DEFAULT else slots // 2))

    def share(self, queue: Queue) -> int:
        """Return how many messages of `queue` one organization may have in flight."""
        if self._limit:
            return self._limit
        return max(1, min(self.capacity(queue), self.slots_of(queue)) - 1)

    def room(self, queue: Queue) -> int:
        """Return how many more messages of `queue` fit now; less urgent ones on the same slots count."""
        order = list(Queue)
        below = [other for other in order[order.index(queue) :] if other is queue or self._shared(queue, other)]
        if queue is Queue.INTERACTIVE:
            below = [queue]
        taken = sum(count for (other, _organization), count in self._messages.items() if other in below)
        return max(0, self.capacity(queue) - taken)

    def messages_of(self, queue: Queue, organization: int) -> int:
        """Return how many messages of `queue` one organization has in flight."""
        return self._messages[queue, organization]

    def full(self, queue: Queue) -> list[int]:
        """Return the organizations that have used up their share of `queue`."""
        return [
            organization
            for (other, organization), count in self._messages.items()
            if other is queue and count >= self.share(queue)
        ]

    def add(self, message: Message) -> None:
        """Count a message that was just admitted."""
        self._messages[message.queue, message.organization] += 1

    def _shared(self, queue: Queue, other: Queue) -> bool:
        return any(queue in queues and other in queues for queues in self._slots)


def choose(lines: Sequence[WaitingLine], *, queue: Queue, room: int, share: int) -> list[Message]:
    """Return the next messages: each from the organization with the fewest in flight, ties in the order of `lines`.

    Removes the chosen jobs from their lines.
    """
    chosen: list[Message] = []
    open_lines = [line for line in lines if line.waiting and line.messages < share]
    while open_lines and len(chosen) < room:
        line = min(open_lines, key=lambda candidate: candidate.messages)
        jobs = _take_bundle(line, room=share - line.messages)
        chosen.append(Message(random.getrandbits(62), queue, line.organization, line.slug, jobs))  # noqa: TID251 # spreads load, guards nothing
        line.messages += 1
        open_lines = [line for line in open_lines if line.waiting and line.messages < share]
    return chosen


def _take_bundle(line: WaitingLine, *, room: int) -> tuple[int, ...]:
    first = line.waiting.popleft()
    taken = [first.number]
    # Spread jobs over the free slots before filling up messages.
    size = min(BUNDLE, -(-(len(line.waiting) + 1) // room))
    while first.brief and line.waiting and len(taken) < size and line.waiting[0].kind == first.kind:
        taken.append(line.waiting.popleft().number)
    return tuple(taken)


class Dispatcher:
    """Admits jobs over one connection to PostgreSQL and one to Redis."""

    def __init__(self, link: psycopg.Connection[Any], transport: Transport, *, limit: int = 0) -> None:
        self._link = link
        self._transport = transport
        self._limit = limit
        self._after: dict[Queue, int] = dict.fromkeys(Queue, -1)
        self._slots: dict[frozenset[Queue], int] = {}
        self._slots_read_at = float("-inf")
        self._spares = False  # whether bulk jobs wait, because the platform is under maintenance

    def admit(self) -> int:
        """Admit as many jobs as there is room for and return how many. Raises TransportDownError, psycopg.Error."""
        flight = self.flight()
        if flight is None:
            return 0
        return sum(self._admit_from(queue, flight) for queue in Queue if not (self._spares and queue is Queue.BULK))

    def flight(self) -> Flight | None:
        """Return what is in flight now, or None while admission is paused."""
        if monotonic() - self._slots_read_at > SLOTS_KEPT:
            rows = self._rows(_SLOTS, [SLOT_EXPIRES])
            self._slots = {frozenset(Queue(name) for name in row["queues"]): row["slots"] for row in rows}
            (maintenance,) = self._rows(_MAINTENANCE, [])
            self._spares = maintenance["is_on"]
            self._slots_read_at = monotonic()
        rows = self._rows(_IN_FLIGHT, [PAUSE_LOCK])
        if not rows[0]["free"]:
            return None
        messages = {(Queue(row["queue"]), row["organization"]): row["messages"] for row in rows if row["queue"]}
        return Flight(self._slots, messages, limit=self._limit)

    def _admit_from(self, queue: Queue, flight: Flight) -> int:
        admitted = 0
        room = flight.room(queue)
        if not room:
            return 0
        for lines in self._lines(queue, flight):
            messages = choose(lines, queue=queue, room=room, share=flight.share(queue))
            admitted += self._send(messages, flight)
            room -= len(messages)
            if not room:
                break
        return admitted

    def _lines(self, queue: Queue, flight: Flight) -> Iterator[list[WaitingLine]]:
        """Yield all organizations with due jobs, in batches, starting where the last round ended."""
        began = self._after[queue]
        after: int | None = began
        while after is not None:
            lines, after = self._look(queue, flight, after, None)
            yield lines
        after = -1 if began >= 0 else None
        while after is not None and after < began:
            lines, after = self._look(queue, flight, after, began)
            yield lines

    def _look(
        self, queue: Queue, flight: Flight, after: int, until: int | None
    ) -> tuple[list[WaitingLine], int | None]:
        share = flight.share(queue)
        rows = self._rows(
            _DUE,
            {
                "queue": queue.value,
                "after": after,
                "organizations": ORGANIZATIONS_PER_LOOK,
                "each": share * BUNDLE,
                "full": flight.full(queue),
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
        pairs = [(job, message.number) for message in messages for job in message.jobs]
        with self._link.transaction():
            rows = self._rows(_ADMIT, [[job for job, _number in pairs], [number for _job, number in pairs]])
        admitted = {row["id"] for row in rows}  # without those cancelled in the meantime
        for index, message in enumerate(messages):
            jobs = [job for job in message.jobs if job in admitted]
            try:
                if jobs:
                    self._transport.publish(message.queue.value, jobs, organization=message.slug)
            except TransportDownError:
                unsent = [job for later in messages[index:] for job in later.jobs]
                self._link.execute(_TAKE_BACK, [unsent])
                raise
            flight.add(message)
            self._after[message.queue] = message.organization
        return len(admitted)

    def _rows(self, statement: str, values: Any = None) -> list[dict[str, Any]]:
        return self._link.cursor(row_factory=dict_row).execute(statement, values).fetchall()


def _exceptions() -> list[str]:
    """Return "state kind" pairs for the kinds that may also run while an organization isn't active."""
    return [f"{state} {kind.name}" for kind in kinds().values() for state in kind.works_in if state != "active"]
