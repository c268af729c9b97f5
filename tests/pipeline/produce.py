"""What asks for work, as web does: `python -m tests.pipeline.produce COMMAND …`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import django

django.setup()

from django.db import InternalError, OperationalError, connection, transaction  # noqa: E402

from bandstand.accounts.models import User  # noqa: E402
from bandstand.gigs.job_kinds import REMIND_OF_GIGS  # noqa: E402
from bandstand.jobs.enqueueing import enqueue, enqueue_many  # noqa: E402
from bandstand.jobs.kinds import kind_named  # noqa: E402
from bandstand.organizations.models import Organization  # noqa: E402
from bandstand.tenancy.provisioning import organization_create  # noqa: E402
from bandstand_worker.schedule import SCHEDULE  # noqa: E402
from bandstand_worker.scheduling import schedule_due  # noqa: E402
from tests.pipeline.job_kinds import EMPTY, Effect, Nothing  # noqa: E402


def organizations(count: str) -> None:
    """Make sure that there are `count` organizations."""
    for number in range(Organization.objects.count(), int(count)):
        owner = User.objects.create_user(f"owner{number}@example.org")
        organization_create(name=f"Organization {number}", slug=f"organization-{number}", owner=owner)


def effects(kind: str, count: str, milliseconds: str) -> None:
    """Ask for `count` jobs, spread over all organizations, each in a transaction of its own, whatever happens."""
    everyone = list(Organization.objects.order_by("pk"))
    for number in range(int(count)):
        payload = Effect(f"{kind} {number}", int(milliseconds))
        _insist(partial(_ask, kind, payload, everyone[number % len(everyone)]))


def flood(kind: str, count: str, milliseconds: str) -> None:
    """Ask for `count` jobs of the first organization at once."""
    first = Organization.objects.order_by("pk")[0]
    payloads = [Effect(f"flood {number}", int(milliseconds)) for number in range(int(count))]
    enqueue_many(kind_named(kind), payloads, organization=first)


def singles(kind: str, count: str, pause: str) -> None:
    """Ask for `count` jobs of the second organization, one after the other, each when the one before is over."""
    second = Organization.objects.order_by("pk")[1]
    for number in range(int(count)):
        payload = Effect(f"single {number} {time.time()}", 0)
        job = enqueue(kind_named(kind), payload, organization=second)
        while not job.is_finished:
            time.sleep(float(pause))
            job.refresh_from_db(fields=["state"])


def empty(count: str) -> None:
    """Ask for `count` jobs that do nothing, each in a transaction of its own; print when it began."""
    everyone = list(Organization.objects.order_by("pk"))
    sys.stdout.write(f"{time.time()}\n")
    for number in range(int(count)):
        enqueue(EMPTY, Nothing(), organization=everyone[number % len(everyone)])


def one(kind: str, milliseconds: str) -> None:
    """Ask for one job of the first organization and print its number."""
    declared = kind_named(kind)
    payload = Effect(f"one {time.time()}", int(milliseconds)) if declared.payload is Effect else declared.payload()
    sys.stdout.write(str(enqueue(declared, payload, organization=Organization.objects.order_by("pk")[0]).pk))


def schedule(first: str, days: str) -> None:
    """Carry out the schedule as a scheduler would that looks once an hour, over so many days from `first` (ISO) on."""
    midnight = datetime.fromisoformat(first)
    reminders = [entry for entry in SCHEDULE if entry.kind is REMIND_OF_GIGS]
    for hour in range(int(days) * 24):  # the first look catches up with the morning before
        schedule_due(midnight + timedelta(hours=hour), reminders)


def _ask(kind: str, payload: Effect, organization: Organization) -> None:
    # The key makes a second try harmless when the answer to the first one's COMMIT got lost, while the job is
    # unfinished; a finished one is found by its effect.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM jobs_job WHERE payload->>'key' = %s", [payload.key])
        if cursor.fetchone() is None:
            enqueue(kind_named(kind), payload, organization=organization, key=payload.key)


def _insist(ask: Callable[[], None]) -> None:
    while True:
        try:
            return ask()
        except (InternalError, OperationalError):  # away, or read-only
            connection.close()
            time.sleep(0.1)


COMMANDS = {command.__name__: command for command in (organizations, effects, flood, singles, empty, one, schedule)}

if __name__ == "__main__":
    COMMANDS[sys.argv[1]](*sys.argv[2:])
