"""While the platform is under maintenance, the dispatcher admits everything but bulk jobs."""

from __future__ import annotations

from typing import Any, cast

import psycopg
from django.db import connection
from django.utils import timezone
from psycopg.types.json import JsonbLoader
from psycopg.types.string import TextLoader

from bandstand.jobs.enqueueing import enqueue
from bandstand.jobs.kinds import Queue
from bandstand.jobs.models import Job, Slot, State
from bandstand.mail.job_kinds import SEND_BULK_MAIL, SEND_MAIL, SendMail
from bandstand.organizations.maintenance import maintenance_set
from bandstand_worker.dispatching import Dispatcher
from bandstand_worker.transport import Transport
from tests.conftest import Portal


class Nowhere:
    """Takes messages and delivers none: no worker works here."""

    def publish(self, *_message: Any, **_about: Any) -> None:
        pass


def admit() -> None:
    """Let a dispatcher admit jobs over the test's connection, which sees its rows, reading JSON as its own does."""
    connection.ensure_connection()
    link: psycopg.Connection[Any] = connection.connection
    link.adapters.register_loader("jsonb", JsonbLoader)
    try:
        Dispatcher(link, cast("Transport", Nowhere())).admit()
    finally:
        link.adapters.register_loader("jsonb", TextLoader)


def test_bulk_jobs_wait_for_the_end_of_maintenance(alice_portal: Portal) -> None:
    for number in range(2):
        Slot.objects.create(name=f"one-{number}", queues=[queue.value for queue in Queue], seen_at=timezone.now())
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
