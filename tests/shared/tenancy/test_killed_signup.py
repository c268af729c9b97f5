"""Killing a sign-up anywhere leaves nothing, and the same sign-up then succeeds."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Q
from pytest_django.fixtures import Settings
from pytest_django.plugin import DjangoDbBlocker

from bandstand.accounts.models import User
from bandstand.organizations.models import Domain, Organization, SpareSchema
from bandstand.organizations.quotas import LimitReachedError
from bandstand.tenancy.drift import find_drift
from bandstand.tenancy.provisioning import organization_create, organization_drop_schema
from bandstand.tenancy.spares import spares_drop, spares_keep
from tests import prepared
from tests.shared.tenancy.signing_up import POINTS, POINTS_WITH_SPARE
from tests.waiting import wait_until

pytestmark = pytest.mark.slow


@pytest.fixture
def owner(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[User]:
    """An owner whom other processes see, too; all that was made in the test is removed after it."""
    with django_db_blocker.unblock():
        made = User.objects.create_user("killed@example.org", "a-long-password")
        yield made
        everyone = User.objects.filter(Q(pk=made.pk) | Q(email__startswith="crowd-"))
        for organization in Organization.objects.filter(owners__in=everyone):
            organization_drop_schema(organization)
            organization.delete()
        everyone.delete()
        spares_drop(SpareSchema.objects.all())


def traces(slug: str) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace WHERE starts_with(nspname, 'org_')")
        schemas = {name for (name,) in cursor.fetchall()}
    return {
        "organizations": Organization.objects.filter(slug=slug).count(),
        "domains": Domain.objects.filter(domain__startswith=f"{slug}.").count(),
        "schemas": schemas,
        "spares": set(SpareSchema.objects.values_list("schema_name", flat=True)),
    }


def sessions_of_others() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND xact_start IS NOT NULL "
            "AND pid <> pg_backend_pid()"
        )
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize("point", POINTS)
def test_it_leaves_nothing_when_killed(owner: User, point: str) -> None:
    slug = f"killed-at-{point}"
    before = traces(slug)

    killed_sign_up(slug, point)

    assert traces(slug) == before
    again = organization_create(name="Killed", slug=slug, owner=owner)
    assert again.schema_name in traces(slug)["schemas"]


@pytest.mark.parametrize("point", POINTS_WITH_SPARE)
def test_it_gives_the_spare_back_when_killed(owner: User, point: str) -> None:
    slug = f"spared-at-{point}"
    spares_keep(1, between=lambda: None)
    before = traces(slug)

    killed_sign_up(slug, point)

    assert traces(slug) == before
    again = organization_create(name="Killed", slug=slug, owner=owner)
    assert {again.schema_name} == before["spares"]
    assert traces(slug)["spares"] == set()


def killed_sign_up(slug: str, point: str) -> None:
    reading, writing = os.pipe()
    command = ("-m", "tests.shared.tenancy.signing_up", slug, point)
    with os.fdopen(reading) as said, os.fdopen(writing, "wb") as saying:
        process = prepared.begin(*command, environment=os.environ, stdout=saying)
        saying.close()
        assert said.readline() == "reached\n"
    process.kill()
    process.wait()
    wait_until(lambda: not sessions_of_others(), "the server notices the broken connection and rolls back")


def test_it_gives_one_portal_to_twenty_at_once(owner: User) -> None:
    def attempt(_number: int) -> str:
        try:
            organization_create(name="Popular", slug="popular", owner=owner)
        except ValidationError as refused:
            return " ".join(refused.messages)
        else:
            return "made"
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as threads:
        results = list(threads.map(attempt, range(20)))

    assert results.count("made") == 1
    assert results.count("This address is taken. Choose another one.") == 19
    assert traces("popular")["domains"] == 1


@pytest.mark.long
def test_it_gives_twenty_people_a_portal_each_though_there_are_few_spares(owner: User) -> None:
    spares_keep(3, between=lambda: None)
    people = [owner, *(User.objects.create_user(f"crowd-{number}@example.org") for number in range(1, 20))]
    spares = traces("")["spares"]

    def attempt(number: int) -> str:
        try:
            return str(organization_create(name="Crowd", slug=f"crowd-{number}", owner=people[number]).schema_name)
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as threads:
        schemas = list(threads.map(attempt, range(20)))

    assert len(set(schemas)) == 20
    assert spares < set(schemas)
    assert traces("")["spares"] == set()
    assert not [drift for drift in find_drift() if drift.schema_name in schemas]


def test_one_owner_gets_no_portal_too_many_of_twenty_five_at_once(owner: User, settings: Settings) -> None:
    settings.PORTALS_PER_OWNER = 4
    spares_keep(4, between=lambda: None)  # all wait for each other, and for no statement longer than it may take

    def attempt(number: int) -> bool:
        try:
            organization_create(name="Greedy", slug=f"greedy-{number}", owner=owner)
        except LimitReachedError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(25) as threads:
        made = list(threads.map(attempt, range(25)))

    assert made.count(True) == 4
    assert Organization.objects.owned_by(owner).count() == 4
