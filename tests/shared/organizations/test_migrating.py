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
from bandstand.organizations.models import Organization
from bandstand.organizations.provisioning import organization_create, organization_drop_schema
from tests.servers import ROOT


def migrate() -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DATABASE_URL": os.environ["MIGRATION_DATABASE_URL"]}
    command = [sys.executable, str(ROOT / "manage.py"), "migrate"]
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
