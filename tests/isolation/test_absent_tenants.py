"""Work asked for by a portal that is suspended, being deleted or gone doesn't run: not there, and nowhere else.

An organization may change its state while somebody still holds the row as it was, as here each caller does.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django_tenants.utils import get_public_schema_name, tenant_context

from bandstand.accounts.models import User
from bandstand.gigs.job_kinds import REMIND_OF_GIGS, RemindOfGigs
from bandstand.jobs.enqueueing import enqueue, enqueue_many
from bandstand.jobs.models import Job, State
from bandstand.organizations.models import Organization
from bandstand.tenancy.provisioning import organization_drop_schema
from bandstand_worker import registry
from tests.conftest import Portal
from tests.worker.conftest import WorkOff, bystander, executor, ledger, work_off

__all__ = ["bystander", "executor", "ledger", "work_off"]

DUE = RemindOfGigs(due_at="2031-05-16T08:00:00+02:00")


def one(organization: Organization) -> Job:
    return enqueue(REMIND_OF_GIGS, DUE, organization=organization)


def one_of_a_key(organization: Organization) -> Job:
    return enqueue(REMIND_OF_GIGS, DUE, organization=organization, key="the-same")


def one_of_many(organization: Organization) -> Job:
    return enqueue_many(REMIND_OF_GIGS, [DUE], organization=organization)[0]


WAYS = pytest.mark.parametrize("way", [one, one_of_a_key, one_of_many])
Way = Callable[[Organization], Job]


@pytest.fixture
def entered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The schemas in which the job's handler was called."""
    registry.load_handlers()
    schemas: list[str] = []
    handle = lambda _payload, _run: schemas.append(connection.schema_name)  # noqa: E731
    monkeypatch.setitem(registry._HANDLERS, REMIND_OF_GIGS.name, handle)
    return schemas


@WAYS
def test_it_waits_while_the_portal_is_suspended(
    way: Way, alice_portal: Portal, entered: list[str], work_off: WorkOff
) -> None:
    stale = Organization.objects.get(pk=alice_portal.organization.pk)
    Organization.objects.filter(pk=stale.pk).update(state=Organization.State.SUSPENDED)
    job = way(stale)

    work_off()
    job.refresh_from_db()
    assert (job.state, job.attempts, entered) == (State.WAITING, 0, [])

    Organization.objects.filter(pk=stale.pk).update(state=Organization.State.ACTIVE)
    work_off()
    job.refresh_from_db()
    assert (job.state, entered) == (State.DONE, [stale.schema_name])


@WAYS
def test_it_is_cancelled_while_the_portal_is_being_deleted(
    way: Way, alice_portal: Portal, entered: list[str], work_off: WorkOff
) -> None:
    stale = Organization.objects.get(pk=alice_portal.organization.pk)
    Organization.objects.filter(pk=stale.pk).update(state=Organization.State.DELETING)
    job = way(stale)

    work_off()

    job.refresh_from_db()
    assert (job.state, entered) == (State.CANCELLED, [])


@WAYS
def test_it_is_cancelled_when_the_schema_is_gone_and_never_falls_through_to_public(
    way: Way, alice_portal: Portal, entered: list[str], work_off: WorkOff
) -> None:
    organization_drop_schema(alice_portal.organization)
    job = way(alice_portal.organization)

    work_off()

    job.refresh_from_db()
    assert (job.state, entered) == (State.CANCELLED, [])
    assert connection.schema_name == get_public_schema_name()
    assert mail.outbox == []


@WAYS
def test_it_cannot_be_asked_for_when_the_organization_is_gone(way: Way, alice_portal: Portal) -> None:
    stale = Organization(**{field.attname: getattr(alice_portal.organization, field.attname) for field in FIELDS})
    stale.pk = 987_654_321  # whose row somebody deleted meanwhile
    before = Job.objects.count()

    with pytest.raises(IntegrityError, match="jobs_job_organization_id"), transaction.atomic():
        way(stale)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # as COMMIT does

    assert Job.objects.count() == before


FIELDS = Organization._meta.concrete_fields


@pytest.mark.parametrize("state", [Organization.State.SUSPENDED, Organization.State.DELETING])
def test_nobody_is_let_in_and_nothing_is_asked_for_through_its_pages(
    state: Organization.State, alice_portal: Portal
) -> None:
    owner = alice_portal.client_of("owner")
    Organization.objects.filter(pk=alice_portal.organization.pk).update(state=state)
    before = Job.objects.count()

    answers = [
        owner.get("/backstage/"),
        owner.post("/backstage/team/invite/", {"email": "new@example.org", "role": "editor"}),
        alice_portal.client().post("/accounts/password/reset/", {"email": "alice@example.org"}),
    ]

    assert {answer.status_code for answer in answers} == {503 if state == Organization.State.SUSPENDED else 404}
    assert Job.objects.count() == before
    with tenant_context(alice_portal.organization):
        assert not User.objects.filter(email="new@example.org").exists()
