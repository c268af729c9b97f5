"""Which jobs the dispatcher admits: what fits, what is lent, and no bulk jobs during the platform's maintenance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

import psycopg
import pytest
from django.db import connection
from django.utils import timezone
from psycopg.types.json import JsonbLoader
from psycopg.types.string import TextLoader

from bandstand.jobs.enqueueing import enqueue
from bandstand.jobs.kinds import Queue
from bandstand.jobs.models import Job, Slot, State
from bandstand.mail.job_kinds import SEND_BULK_MAIL, SEND_MAIL, SendMail
from bandstand.organizations.maintenance import maintenance_set
from bandstand.portals.job_kinds import MAKE_SHARE_PICTURES, MakeSharePictures
from bandstand_worker.dispatching import Dispatcher
from bandstand_worker.sharing import AHEAD
from bandstand_worker.transport import Transport
from tests.conftest import Portal

SLOTS = 4


@dataclass(frozen=True)
class Sent:
    """One message."""

    queue: str
    jobs: tuple[int, ...]
    organizations: str
    yields: bool


class Nowhere:
    """Takes messages and delivers none: no worker works here."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []

    def publish(self, queue: str, jobs: Sequence[int], *, organizations: str, yields: bool) -> None:
        self.sent.append(Sent(queue, tuple(jobs), organizations, yields))


def admit() -> list[Sent]:
    """Let a dispatcher admit jobs over the test's connection, which sees its rows, reading JSON as its own does."""
    transport = Nowhere()
    connection.ensure_connection()
    link: psycopg.Connection[Any] = connection.connection
    link.adapters.register_loader("jsonb", JsonbLoader)
    try:
        Dispatcher(link, cast("Transport", transport)).admit()
    finally:
        link.adapters.register_loader("jsonb", TextLoader)
    return transport.sent


@pytest.fixture
def slots(db: None) -> None:
    for number in range(SLOTS):
        Slot.objects.create(name=f"one-{number}", queues=[queue.value for queue in Queue], seen_at=timezone.now())


def ask(portal: Portal, count: int, queue: Queue = Queue.BULK) -> list[int]:
    """Return the numbers of so many new jobs, which are brief."""
    organization = portal.organization
    jobs = [enqueue(SEND_MAIL, SendMail(number), organization=organization, queue=queue) for number in range(count)]
    return [job.pk for job in jobs]


def finish(jobs: Sequence[int], *, seconds: float = 1.0) -> None:
    """Let jobs have ended after so many seconds."""
    began = timezone.now() - timedelta(seconds=seconds)
    ended = began + timedelta(seconds=seconds)
    Job.objects.filter(pk__in=jobs).update(state=State.DONE, message=None, started_at=began, finished_at=ended)


@pytest.mark.usefixtures("slots")
def test_bulk_jobs_are_lent_what_nobody_wants(alice_portal: Portal) -> None:
    ask(alice_portal, 20)

    sent = admit()

    assert len(sent) == SLOTS * AHEAD
    assert [each.yields for each in sent] == [False] + [True] * (SLOTS * AHEAD - 1)
    assert admit() == []


@pytest.mark.usefixtures("slots")
def test_default_jobs_are_lent_their_queues_room_and_leave_a_slot(alice_portal: Portal) -> None:
    ask(alice_portal, 20, Queue.DEFAULT)

    assert [each.yields for each in admit()] == [False, False, True]


@pytest.mark.usefixtures("slots")
def test_another_organizations_job_comes_first_although_all_is_lent(
    alice_portal: Portal, charlie_portal: Portal
) -> None:
    ask(alice_portal, 20)
    admit()
    (bulk,) = ask(charlie_portal, 1)
    (urgent,) = ask(charlie_portal, 1, Queue.DEFAULT)

    charlie = charlie_portal.organization.slug
    assert admit() == [Sent("default", (urgent,), charlie, yields=False), Sent("bulk", (bulk,), charlie, yields=False)]


@pytest.mark.usefixtures("slots")
def test_two_that_want_all_get_the_same(alice_portal: Portal, charlie_portal: Portal) -> None:
    ask(alice_portal, 40)
    admit()
    ask(charlie_portal, 40)
    organizations = [alice_portal.organization, charlie_portal.organization]

    def in_flight() -> list[int]:
        return [Job.objects.filter(state=State.ADMITTED, organization=each).count() for each in organizations]

    for _job in range(SLOTS * AHEAD):  # one ends after another, of whoever has the most
        most = organizations[0] if in_flight()[0] >= in_flight()[1] else organizations[1]
        finish([Job.objects.filter(state=State.ADMITTED, organization=most).values_list("pk", flat=True)[0]])
        admit()

    alice, charlie = in_flight()
    assert alice + charlie >= SLOTS * AHEAD
    assert abs(alice - charlie) <= 1


@pytest.mark.usefixtures("slots")
def test_jobs_that_may_take_long_are_lent_nothing(alice_portal: Portal) -> None:
    for _number in range(20):
        enqueue(MAKE_SHARE_PICTURES, MakeSharePictures(), organization=alice_portal.organization)

    assert [each.yields for each in admit()] == [False]


@pytest.mark.usefixtures("slots")
@pytest.mark.parametrize(("seconds", "jobs"), [(0.001, 10), (0.01, 2), (0.02, 1)])
def test_a_message_has_as_many_jobs_as_take_a_moment(alice_portal: Portal, seconds: float, jobs: int) -> None:
    finish(ask(alice_portal, 10), seconds=seconds)
    ask(alice_portal, 200)

    assert {len(each.jobs) for each in admit()} == {jobs}


@pytest.mark.usefixtures("slots")
def test_brief_jobs_of_several_organizations_go_together_and_count_as_one(
    alice_portal: Portal, charlie_portal: Portal
) -> None:
    alice, charlie = alice_portal.organization.slug, charlie_portal.organization.slug
    finish(ask(alice_portal, 10), seconds=0.001)
    first = [*ask(alice_portal, 3, Queue.DEFAULT), *ask(charlie_portal, 1, Queue.DEFAULT)]
    Slot.objects.filter(name__in=["one-2", "one-3"]).delete()  # two are left, one of them for what is urgent

    (sent,) = admit()

    assert sorted(sent.jobs) == first
    assert set(sent.organizations.split()) == {alice, charlie}
    Slot.objects.create(name="one-2", queues=[queue.value for queue in Queue], seen_at=timezone.now())
    ask(alice_portal, 1, Queue.DEFAULT)
    ask(charlie_portal, 1, Queue.DEFAULT)
    assert len(admit()) == 1  # three slots have room for two messages


@pytest.mark.usefixtures("slots")
def test_brief_jobs_of_several_organizations_are_spread_over_free_slots_first(
    alice_portal: Portal, charlie_portal: Portal
) -> None:
    finish(ask(alice_portal, 10), seconds=0.006)
    ask(alice_portal, 1, Queue.DEFAULT)
    ask(charlie_portal, 1, Queue.DEFAULT)

    assert [len(each.jobs) for each in admit()] == [1, 1]


@pytest.mark.usefixtures("slots")
def test_jobs_that_may_take_long_go_alone(alice_portal: Portal, charlie_portal: Portal) -> None:
    finish(ask(alice_portal, 10), seconds=0.001)
    for portal in (alice_portal, charlie_portal) * 4:
        enqueue(MAKE_SHARE_PICTURES, MakeSharePictures(), organization=portal.organization)

    assert all(len(each.jobs) == 1 for each in admit())


@pytest.mark.usefixtures("slots")
@pytest.mark.parametrize(("waiting", "statements"), [(0, 4), (1, 6), (3, 8)])
def test_a_round_asks_little(
    alice_portal: Portal, waiting: int, statements: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slots, durations, the switch for maintenance and what is in flight; what is due, admitted, left and lent."""
    asked: list[str] = []
    rows = Dispatcher._rows

    def noted(self: Dispatcher, statement: str, values: Any = None) -> list[dict[str, Any]]:
        asked.append(statement)
        return rows(self, statement, values)

    monkeypatch.setattr(Dispatcher, "_rows", noted)
    ask(alice_portal, waiting)

    admit()

    assert len(asked) == statements


def test_bulk_jobs_wait_for_the_end_of_maintenance(alice_portal: Portal) -> None:
    Slot.objects.create(name="one", queues=[queue.value for queue in Queue], seen_at=timezone.now())
    Slot.objects.create(name="another", queues=[queue.value for queue in Queue], seen_at=timezone.now())
    urgent = enqueue(SEND_MAIL, SendMail(1), organization=alice_portal.organization)
    bulk = enqueue(SEND_BULK_MAIL, SendMail(2), organization=alice_portal.organization)
    maintenance_set(is_on=True, until=None)

    admit()

    assert Job.objects.get(pk=urgent.pk).state == State.ADMITTED
    assert Job.objects.get(pk=bulk.pk).state == State.WAITING
    maintenance_set(is_on=False, until=None)
    Job.objects.filter(pk=urgent.pk).update(state=State.WAITING)  # makes room
    admit()
    assert Job.objects.get(pk=bulk.pk).state == State.ADMITTED
