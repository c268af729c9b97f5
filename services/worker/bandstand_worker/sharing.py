"""How slots are shared: how many messages each queue and each organization may have in flight, and which come next.

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

import itertools
import math
import random
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bandstand.jobs.kinds import Queue

BUNDLE = 10  # jobs of a brief kind in one message, at most
MOMENT = 0.025  # seconds that the jobs of one message take together, as far as that is known
HANDFUL = 0.005  # seconds of jobs that aren't spread over free slots, as a message takes some time itself
AHEAD = 2  # messages for each slot, where slots are lent: the next one is there when a slot becomes free


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
    messages: float
    waiting: deque[Due] = field(default_factory=deque)


@dataclass(frozen=True)
class Message:
    """Jobs that are sent to Celery together, of one kind if there are several."""

    number: int
    queue: Queue
    organizations: dict[int, str]  # with the slug of each
    jobs: list[Due]
    is_lent: bool = False  # it takes a slot that somebody else has a right to, and yields

    def takes(self, jobs: Sequence[Due], most: int) -> bool:
        """Whether these jobs may go with it, if it has `most` of them at most."""
        return jobs[0].brief and jobs[0].kind == self.jobs[0].kind and len(self.jobs) + len(jobs) <= most


class Flight:
    """The messages in flight, and how much room is left."""

    def __init__(
        self, slots: Mapping[frozenset[Queue], int], messages: Mapping[tuple[Queue, int], float], *, limit: int = 0
    ) -> None:
        self._slots = slots
        self._messages: defaultdict[tuple[Queue, int], float] = defaultdict(float, messages)
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
        return max(0, self.capacity(queue) - round(taken))

    def lendable(self, queue: Queue) -> int:
        """Return how many more messages of `queue` may take slots that nobody wants, or wait for them."""
        if self._limit or queue is Queue.INTERACTIVE:
            return 0
        most = self.slots_of(queue) * AHEAD if queue is Queue.BULK else self.capacity(queue)
        others = [other for other in Queue if other is queue or self._shared(queue, other)]
        return max(0, most - round(sum(count for (other, _who), count in self._messages.items() if other in others)))

    def messages_of(self, queue: Queue, organization: int) -> float:
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
        for organization in message.organizations:
            self._messages[message.queue, organization] += 1 / len(message.organizations)

    def _shared(self, queue: Queue, other: Queue) -> bool:
        return any(queue in queues and other in queues for queues in self._slots)


def choose(
    lines: Sequence[WaitingLine], *, queue: Queue, room: int, share: int, seconds: Mapping[str, float]
) -> list[Message]:
    """Return the next messages: each from the organization with the fewest in flight, ties in the order of `lines`.

    `seconds` is how long jobs of a kind take. Removes the chosen jobs from their lines.
    """
    chosen: list[Message] = []
    waiting = sum(len(line.waiting) for line in lines)
    while open_lines := [line for line in lines if line.waiting and line.messages < share]:
        line = min(open_lines, key=lambda candidate: candidate.messages)
        jobs = _next_of(line, room=math.ceil(share - line.messages), seconds=seconds)
        most = _together(jobs[0], waiting, room, seconds)
        if not _add(chosen, queue, line, jobs, room=room, most=most):
            break
    return chosen


def lend(lines: Sequence[WaitingLine], *, queue: Queue, room: int, seconds: Mapping[str, float]) -> list[Message]:
    """Return messages for slots that nobody wants, as `choose` does, but of brief jobs, and of no more than that."""
    chosen: list[Message] = []
    waiting = sum(len(line.waiting) for line in lines)
    while open_lines := [line for line in lines if line.waiting and line.waiting[0].brief]:
        line = min(open_lines, key=lambda candidate: candidate.messages)
        jobs = _next_of(line, room=max(1, room - len(chosen)), seconds=seconds)
        most = _together(jobs[0], waiting, room, seconds)
        if not _add(chosen, queue, line, jobs, room=room, most=most, is_lent=True):
            break
    return chosen


def _add(
    chosen: list[Message],
    queue: Queue,
    line: WaitingLine,
    jobs: list[Due],
    *,
    room: int,
    most: int,
    is_lent: bool = False,
) -> bool:
    """Send these jobs of `line` with the last message if it takes them, or in one of their own if there is room."""
    if chosen and chosen[-1].takes(jobs, most):
        chosen[-1].jobs.extend(jobs)
        chosen[-1].organizations[line.organization] = line.slug
    elif len(chosen) < room:
        number = random.getrandbits(62)  # noqa: TID251 # spreads load, guards nothing
        chosen.append(Message(number, queue, {line.organization: line.slug}, jobs, is_lent))
    else:
        return False
    for _job in jobs:
        line.waiting.popleft()
    line.messages += 1
    return True


def _next_of(line: WaitingLine, *, room: int, seconds: Mapping[str, float]) -> list[Due]:
    """Return the first jobs of a line that go together."""
    first = line.waiting[0]
    some = itertools.islice(line.waiting, _together(first, len(line.waiting), room, seconds))
    return list(itertools.takewhile(lambda job: job.kind == first.kind, some))


def _together(job: Due, waiting: int, room: int, seconds: Mapping[str, float]) -> int:
    """Return how many jobs of this one's kind go in one message; of a kind that nobody has seen yet, each goes alone.

    So many wait; they are spread over free slots before messages are filled.
    """
    each = seconds.get(job.kind, MOMENT)
    return min(in_time(MOMENT, each), max(-(-waiting // room), in_time(HANDFUL, each))) if job.brief else 1


def in_time(limit: float, each: float) -> int:
    """Return how many jobs, each of which takes that long, go in one message that is to take no more than `limit`."""
    return max(1, min(BUNDLE, round(limit / max(each, 0.001))))
