"""The hourly job writes what web counted to each portal's rows, and loses nothing where it can't."""

from __future__ import annotations

from datetime import date

import pytest
from django_tenants.utils import tenant_context

from bandstand.jobs.enqueueing import enqueue
from bandstand.numbers import tallies
from bandstand.numbers.job_kinds import KEEP_NUMBERS, KeepNumbers
from bandstand.numbers.keeping import batch_keep
from bandstand.numbers.models import CountedDay
from bandstand.numbers.switching import numbers_delete
from bandstand.organizations.models import Organization
from bandstand_worker import registry
from tests.conftest import Portal
from tests.worker.conftest import WorkOff

DAY = "2027-03-01"


@pytest.fixture(autouse=True)
def _from_nothing() -> None:
    registry.load_handlers()
    tallies.client().flushdb()


def counted(portal: Portal, count: int) -> None:
    tallies.tallies_add({(portal.organization.schema_name, DAY): {("page", "/"): count}})


def pages(portal: Portal) -> dict[str, int]:
    with tenant_context(portal.organization):
        row = CountedDay.objects.filter(day=date.fromisoformat(DAY)).first()
        return row.counts["page"] if row else {}


def keep(work_off: WorkOff) -> None:
    job = enqueue(KEEP_NUMBERS, KeepNumbers(), organization=None)
    (done,) = [each for each in work_off() if each.pk == job.pk]
    assert done.state == "done"


def test_each_portal_gets_its_own(alice_portal: Portal, charlie_portal: Portal, work_off: WorkOff) -> None:
    counted(alice_portal, 2)
    counted(charlie_portal, 5)
    keep(work_off)
    counted(alice_portal, 1)
    keep(work_off)
    keep(work_off)

    assert (pages(alice_portal), pages(charlie_portal)) == ({"/": 3}, {"/": 5})
    assert tallies.tallies_waiting() == []
    assert tallies.client().keys("*numbers*") == []


def test_a_worker_that_dies_neither_loses_nor_doubles(alice_portal: Portal, work_off: WorkOff) -> None:
    schema = alice_portal.organization.schema_name
    counted(alice_portal, 2)
    assert tallies.tally_take(schema, DAY)  # and dies before the row is written
    counted(alice_portal, 3)
    batch = tallies.tally_take(schema, DAY)
    assert batch
    with tenant_context(alice_portal.organization):
        assert batch_keep(day=date.fromisoformat(DAY), batch=batch)  # and dies after it
    assert pages(alice_portal) == {"/": 2}

    keep(work_off)
    keep(work_off)

    assert pages(alice_portal) == {"/": 5}


def test_what_is_of_a_portal_that_is_moving_waits_and_of_one_that_is_gone_is_forgotten(
    alice_portal: Portal, work_off: WorkOff
) -> None:
    Organization.objects.filter(slug="alice").update(state="moving")
    counted(alice_portal, 2)
    tallies.tallies_add({("org_gone", DAY): {("page", "/"): 1}})

    keep(work_off)

    assert tallies.tallies_waiting() == [(alice_portal.organization.schema_name, DAY)]
    Organization.objects.filter(slug="alice").update(state="active")
    keep(work_off)
    assert pages(alice_portal) == {"/": 2}


def test_deleting_takes_what_is_on_its_way_too(alice_portal: Portal, charlie_portal: Portal, work_off: WorkOff) -> None:
    for portal in (alice_portal, charlie_portal):
        counted(portal, 2)
    keep(work_off)
    for portal in (alice_portal, charlie_portal):
        counted(portal, 2)

    with tenant_context(alice_portal.organization):
        assert numbers_delete(organization=alice_portal.organization) == 1
    keep(work_off)

    assert (pages(alice_portal), pages(charlie_portal)) == ({}, {"/": 4})
