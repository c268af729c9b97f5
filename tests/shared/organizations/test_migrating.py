"""Migrating reaches every schema, as the role that owns it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from bandstand.accounts.models import User
from bandstand.organizations.drift import find_drift
from bandstand.organizations.models import Organization
from bandstand.organizations.provisioning import organization_create, organization_drop_schema
from tests.servers import ROOT


def migrate(*options: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DATABASE_URL": os.environ["MIGRATION_DATABASE_URL"]}
    command = [sys.executable, str(ROOT / "manage.py"), "migrate", *options]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Organization]:
    """A tenant that other processes see, too."""
    with django_db_blocker.unblock():
        owner = User.objects.create_user("migrating@example.org", "a-long-password")
        organization = organization_create(name="Migrating", slug="migrating", owner=owner)
        yield organization
        organization_drop_schema(organization)
        organization.delete()
        owner.delete()


def test_it_brings_a_tenant_that_is_behind_up_to_date(committed: Organization) -> None:
    schema = committed.schema_name
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {schema}.polls_vote, {schema}.polls_choice, {schema}.polls_question")
        cursor.execute(f"DELETE FROM {schema}.django_migrations WHERE app = 'polls'")

    done = migrate()

    assert done.returncode == 0, done.stderr
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableowner = current_user FROM pg_tables WHERE schemaname = %s", [schema])
        owned = [row[0] for row in cursor.fetchall()]
        cursor.execute(f"SELECT count(*) FROM {schema}.polls_vote")
    assert len(owned) > 30
    assert all(owned)


def test_it_passes_by_an_organization_whose_schema_is_gone(committed: Organization) -> None:
    organization_drop_schema(committed)

    done = migrate()

    assert done.returncode == 0, done.stderr
    assert committed.schema_name in done.stderr


@pytest.fixture
def several(committed: Organization) -> Iterator[list[Organization]]:
    """Four tenants, whose portals lack polls."""
    owner = User.objects.get(email="migrating@example.org")
    made = [organization_create(name="More", slug=f"migrating-{number}", owner=owner) for number in range(3)]
    for organization in [committed, *made]:
        lose_polls(organization.schema_name)
    yield [committed, *made]
    for organization in made:
        organization_drop_schema(organization)
        organization.delete()


def lose_polls(schema: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {schema}.polls_vote, {schema}.polls_choice, {schema}.polls_question")
        cursor.execute(f"DELETE FROM {schema}.django_migrations WHERE app = 'polls'")


def votes(organization: Organization) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [f"{organization.schema_name}.polls_vote"])
        return bool(cursor.fetchone()[0])


def test_it_replays_in_the_others_what_django_did_in_the_first(several: list[Organization]) -> None:
    assert "polls.0001_initial" in migrate("--plan").stdout
    assert not votes(several[0])

    done = migrate("--jobs", "2")

    assert done.returncode == 0, done.stderr
    assert "(4 migrated)" in done.stdout
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(*) FILTER (WHERE tableowner = current_user) FROM pg_tables "
            "WHERE tablename = 'polls_vote' AND schemaname = ANY(%s)",
            [[organization.schema_name for organization in several]],
        )
        assert cursor.fetchone() == (4, 4)
    assert not [drift for drift in find_drift() if drift.schema_name in {each.schema_name for each in several}]
    assert "(0 migrated)" in migrate().stdout


def test_it_names_the_tenant_that_failed_and_migrates_the_others(several: list[Organization]) -> None:
    broken = several[2]
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {broken.schema_name}.polls_choice ()")

    done = migrate()

    assert done.returncode == 1
    assert broken.slug in done.stderr
    assert [votes(each) for each in several] == [True, True, False, True]


def test_it_stops_when_a_canary_failed(several: list[Organization]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {several[0].schema_name}.polls_choice ()")

    done = migrate("--canary", "1")

    assert done.returncode == 1
    assert [votes(each) for each in several] == [False, False, False, False]


def test_it_gives_roles_back_what_the_table_says(committed: Organization) -> None:
    schema = committed.schema_name
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {schema}.auth_group_permissions")
        before = cursor.fetchone()
        cursor.execute(f"DELETE FROM {schema}.auth_group_permissions WHERE id % 2 = 0")
        cursor.execute(f"COMMENT ON SCHEMA {schema} IS 'older'")

    done = migrate("--tenant", committed.slug)

    assert "(1 migrated)" in done.stdout, done.stderr
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {schema}.auth_group_permissions")
        assert cursor.fetchone() == before
