"""Spare schemas are as a portal's schema is, are taken once, and are never older than the template."""

from __future__ import annotations

import pytest
from django.db import connection
from django.utils import timezone

from bandstand.accounts.models import User
from bandstand.organizations.behind import migrations_digest
from bandstand.organizations.models import Organization, SchemaTemplate, SpareSchema
from bandstand.tenancy.drift import find_drift
from bandstand.tenancy.provisioning import organization_create
from bandstand.tenancy.spares import spare_take, spares_keep

pytestmark = pytest.mark.django_db


def keep(wanted: int) -> int:
    return spares_keep(wanted, between=lambda: None)


def names() -> set[str]:
    return set(SpareSchema.objects.values_list("schema_name", flat=True))


def schemas() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace WHERE starts_with(nspname, 'org_')")
        return {name for (name,) in cursor.fetchall()}


def owner() -> User:
    return User.objects.create_user("spares@example.org", "a-long-password", name="Spares")


def newer_template(digest: str) -> None:
    """What `migrate` of the next release leaves."""
    sql = SchemaTemplate.objects.get(digest=migrations_digest()).sql
    SchemaTemplate.objects.create(digest=digest, sql=sql, created_at=timezone.now())


def test_it_builds_what_is_missing_and_drops_what_is_too_much() -> None:
    before = schemas()

    assert keep(2) == 2
    assert keep(2) == 0
    assert schemas() - before == names()
    assert keep(1) == 0
    assert len(names()) == 1
    assert schemas() - before == names()


def test_a_sign_up_takes_a_spare_under_the_name_that_it_has() -> None:
    keep(1)
    (spare,) = names()

    made = organization_create(name="Spared", slug="spared", owner=owner(), language="de")

    assert made.schema_name == spare
    assert names() == set()
    connection.set_tenant(made)
    team = User.objects.get()
    assert (team.email, [group.name for group in team.groups.all()]) == ("spares@example.org", ["owner"])


def test_a_portal_from_a_spare_is_as_one_that_was_replayed() -> None:
    keep(1)
    spared = organization_create(name="Spared", slug="spared", owner=owner())
    replayed = organization_create(name="Replayed", slug="replayed", owner=User.objects.get(email="spares@example.org"))

    assert not [drift for drift in find_drift() if drift.schema_name in {spared.schema_name, replayed.schema_name}]
    marks = set()
    for organization in (spared, replayed):
        with connection.cursor() as cursor:
            cursor.execute("SELECT obj_description(%s::regnamespace, 'pg_namespace')", [organization.schema_name])
            marks |= set(cursor.fetchall())
            cursor.execute(f"SELECT count(*) FROM {organization.schema_name}.auth_group_permissions")
            marks |= set(cursor.fetchall())
    assert len(marks) == 2


def test_nobody_takes_a_spare_of_an_older_template() -> None:
    keep(2)
    old = names()
    newer_template("of-the-next-release")

    made = organization_create(name="Fresh", slug="fresh", owner=owner())

    assert made.schema_name not in old
    keep(1)
    assert not names() & old
    assert not schemas() & old
    assert set(SpareSchema.objects.values_list("digest", flat=True)) == {"of-the-next-release"}


def test_nobody_takes_a_spare_whose_schema_is_gone() -> None:
    keep(1)
    (spare,) = names()
    with connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA {spare} CASCADE")

    assert spare_take(migrations_digest()) is None
    assert [drift.note for drift in find_drift() if drift.schema_name == spare] == ["the schema doesn't exist"]


def test_check_tenants_knows_spares() -> None:
    keep(1)
    (spare,) = names()
    assert not [drift for drift in find_drift() if drift.schema_name == spare]

    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {spare}.polls_vote")

    (drift,) = [drift for drift in find_drift() if drift.schema_name == spare]
    assert "polls_vote" in drift.missing
    assert Organization.objects.filter(schema_name=spare).count() == 0
