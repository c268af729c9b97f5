"""The same two people merged by several at once, both ways, or while a line-up of theirs is saved."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django_tenants.utils import tenant_context
from pytest_django.plugin import DjangoDbBlocker

from bandstand.bands.models import Band, Member
from bandstand.organizations.models import Organization
from bandstand.people.merging import MergeError, people_merge, state_of
from bandstand.people.models import Person
from tests.factories.bands import BandFactory, MemberFactory
from tests.factories.people import PersonFactory
from tests.waiting import wait_until

AT_ONCE = 6


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Organization]:
    """Alice's organization; what is written to its portal is seen by other connections, and removed afterwards."""
    with django_db_blocker.unblock():
        organization = Organization.objects.get(slug="alice")
        yield organization
        with tenant_context(organization):
            Band.objects.all().delete()
            Person.with_trash().delete()
        connection.close()


def merge(organization: Organization, stays: Person, gone: Person, seen: str) -> str:
    try:
        with tenant_context(organization):
            people_merge(stays=stays.pk, gone=gone.pk, taken=(), seen=seen, by="Alice", with_private=True)
            return "merged"
    except MergeError:
        return "refused"
    finally:
        connection.close()


@pytest.fixture
def two(committed: Organization) -> tuple[Person, Person]:
    with tenant_context(committed):
        one, other = (PersonFactory(name=name) for name in ("Kim Bell", "Kim B."))
        MemberFactory(person=one, band=BandFactory(slug="owls"))
        MemberFactory(person=other, band=BandFactory(slug="bats"))
        return one, other


def test_of_many_who_merge_both_ways_one_does(committed: Organization, two: tuple[Person, Person]) -> None:
    with tenant_context(committed):
        ways = [(stays, gone, state_of(stays, gone)) for stays, gone in (two, two[::-1])]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        done = list(pool.map(lambda number: merge(committed, *ways[number % 2]), range(AT_ONCE)))
    assert sorted(done) == ["merged", *["refused"] * (AT_ONCE - 1)]
    with tenant_context(committed):
        assert list(Member.objects.values_list("person", flat=True)) == [Person.objects.get().pk] * 2


def test_merging_waits_for_a_line_up_that_is_being_saved(committed: Organization, two: tuple[Person, Person]) -> None:
    with tenant_context(committed):
        seen = state_of(*two)
    with ThreadPoolExecutor(1) as pool:
        with tenant_context(committed), transaction.atomic():  # as the form of a band does
            band = Band.objects.select_for_update(no_key=True).get(slug="bats")
            member = Member.objects.get(band=band)
            Member.objects.filter(pk=member.pk).update(role="choir")
            merging = pool.submit(merge, committed, *two, seen)
            wait_until(somebody_waits)
            member.name = "Kim Bee"
            member.save()
        assert merging.result() == "refused", "the person was changed meanwhile"
    with tenant_context(committed):
        assert set(Person.objects.values_list("name", flat=True)) == {"Kim Bell", "Kim Bee"}


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
        return cursor.fetchone() is not None
