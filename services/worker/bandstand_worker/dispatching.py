"""Admits jobs to Celery: as many as there are slots, fairly among organizations, urgent queues first.

One dispatcher is active at a time, by an advisory lock on its working connection; any number are on standby. A
message takes one slot. Jobs of a `brief` kind are sent several to a message, as many as take a moment together.

How many messages may be in flight:
- of `interactive`: twice the slots, so that a slot that becomes free finds the next message waiting;
- of `default`: all slots but one, and of `bulk`: half of them, so that an urgent job never finds every slot taken;
- of one organization in one queue: one less than the queue has, so that another organization's job finds a free one.

What nobody wants is lent to jobs of brief kinds, which give it back within a moment:
- to `default`, what other organizations leave of its queue's room; so another job still finds a free slot at once;
- to `bulk`, which comes in thousands, every slot, and messages that wait in Redis for the next one. They yield to all
  others, so whoever comes gets the first slot that becomes free.
An organization that has borrowed its share or more has no other messages besides.
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
MOMENT = 0.025  # seconds that the jobs of one message take together, as far as that is known
AHEAD = 2  # messages for each slot, where slots are lent: the next one is there when a slot becomes free
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
    is_lent: bool = False  # it takes a slot that somebody else has a right to, and yields


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
        taken = sum(min(count, self.share(other)) for (other, _who), count in self._messages.items() if other in below)
        return max(0, self.capacity(queue) - taken)

    def lendable(self, queue: Queue) -> int:
        """Return how many more messages of `queue` may take slots that nobody wants, or wait for them."""
        if self._limit or queue is Queue.INTERACTIVE:
            return 0
        most = self.slots_of(queue) * AHEAD if queue is Queue.BULK else self.capacity(queue)
        others = [other for other in Queue if other is queue or self._shared(queue, other)]
        return max(0, most - sum(count for (other, _who), count in self._messages.items() if other in others))

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


def choose(
    lines: Sequence[WaitingLine], *, queue: Queue, room: int, share: int, seconds: Mapping[str, float]
) -> list[Message]:
    """Return the next messages: each from the organization with the fewest in flight, ties in the order of `lines`.

    `seconds` is how long jobs of a kind take. Removes the chosen jobs from their lines.
    """
    chosen: list[Message] = []
    open_lines = [line for line in lines if line.waiting and line.messages < share]
    while open_lines and len(chosen) < room:
        line = min(open_lines, key=lambda candidate: candidate.messages)
        jobs = _take_bundle(line, room=share - line.messages, seconds=seconds)
        chosen.append(_message(queue, line, jobs))
        open_lines = [line for line in open_lines if line.waiting and line.messages < share]
    return chosen


def lend(lines: Sequence[WaitingLine], *, queue: Queue, room: int, seconds: Mapping[str, float]) -> list[Message]:
    """Return messages for slots that nobody wants, as `choose` does, but of brief jobs, and of no more than that."""
    chosen: list[Message] = []
    open_lines = [line for line in lines if line.waiting and line.waiting[0].brief]
    while open_lines and len(chosen) < room:
        line = min(open_lines, key=lambda candidate: candidate.messages)
        jobs = _take_bundle(line, room=room - len(chosen), seconds=seconds)
        chosen.append(_message(queue, line, jobs, is_lent=True))
        open_lines = [line for line in open_lines if line.waiting and line.waiting[0].brief]
    return chosen


def _message(queue: Queue, line: WaitingLine, jobs: tuple[int, ...], *, is_lent: bool = False) -> Message:
    line.messages += 1
    number = random.getrandbits(62)  # noqa: TID251 # spreads load, guards nothing
    return Message(number, queue, line.organization, line.slug, jobs, is_lent)


def _take_bundle(line: WaitingLine, *, room: int, seconds: Mapping[str, float]) -> tuple[int, ...]:
    first = line.waiting.popleft()
    taken = [first.number]
    # Spread jobs over the free slots before filling up messages. Of a kind that nobody has seen yet, each goes alone.
    size = min(BUNDLE, -(-(len(line.waiting) + 1) // room), round(MOMENT / max(seconds.get(first.kind, MOMENT), 0.001)))
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
        for lines in self._lines(queue, flight, each=share * BUNDLE, full=full):
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
        for lines in self._lines(queue, flight, each=room * BUNDLE, full=[]):
            messages = lend(lines, queue=queue, room=room, seconds=self._seconds)
            lent += self._send(messages, flight)
            room -= len(messages)
            if not room:
                break
        return lent

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
        pairs = [(job, message.number) for message in messages for job in message.jobs]
        rows = self._rows(_ADMIT, [[job for job, _number in pairs], [number for _job, number in pairs]])
        admitted = {row["id"] for row in rows}  # without those cancelled in the meantime
        for index, message in enumerate(messages):
            jobs = [job for job in message.jobs if job in admitted]
            try:
                if jobs:
                    where = message.queue.value
                    self._transport.publish(where, jobs, organization=message.slug, yields=message.is_lent)
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
