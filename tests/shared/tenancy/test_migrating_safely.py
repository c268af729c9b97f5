"""Migrations that wait, fail halfway, or draw their values: nobody queues behind them, and what is said is true."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection
from django_tenants.utils import tenant_context
from pytest_django.plugin import DjangoDbBlocker

from bandstand.accounts.models import User
from bandstand.organizations.models import Organization
from bandstand.polls.models import Question
from bandstand.tenancy.provisioning import organization_create, organization_drop_schema
from tests.shared.tenancy.test_migrating import migrate, migrating, take_back
from tests.waiting import wait_until

RELEASES = "tests.shared.tenancy.releases.settings"
LONGEST = 3.5  # seconds that somebody may wait behind a migration: two, and what a busy machine adds


@pytest.fixture(scope="module")
def portals(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[list[Organization]]:
    """Three portals with two questions each that other processes see, too."""
    with django_db_blocker.unblock():
        owner = User.objects.create_user("safely@example.org", "a-long-password")
        made = [organization_create(name="Safe", slug=f"safely-{number}", owner=owner) for number in range(3)]
        for organization in made:
            with tenant_context(organization):
                Question.objects.bulk_create(Question(text=f"{number}?") for number in range(2))
        yield made
        for organization in made:
            organization_drop_schema(organization)
            organization.delete()
        owner.delete()


@pytest.fixture
def poisoned(portals: list[Organization]) -> Iterator[Organization]:
    """One of them, in which the release fails."""
    organization = portals[1]
    with tenant_context(organization):
        poison = Question.objects.create(text="Poison")
    yield organization
    with tenant_context(organization):
        Question.objects.filter(pk=poison.pk).delete()


@pytest.fixture
def owners_eyes() -> Iterator[psycopg.Connection]:
    """A connection of the role that migrates, outside of every transaction."""
    with psycopg.connect(os.environ["MIGRATION_DATABASE_URL"], autocommit=True) as server:
        yield server


def column(server: psycopg.Connection, organization: Organization, name: str) -> list[str] | None:
    """Return the values in a column of the portal's questions; None if there is no such column."""
    found = server.execute(
        "SELECT FROM information_schema.columns WHERE (table_schema, table_name, column_name) = (%s, %s, %s)",
        [organization.schema_name, "polls_question", name],
    )
    if found.fetchone() is None:
        return None
    rows = server.execute(f"SELECT {name} FROM {organization.schema_name}.polls_question ORDER BY id")
    return [value for (value,) in rows.fetchall()]


@pytest.mark.long
def test_a_default_that_differs_each_time_is_drawn_for_each_row(
    portals: list[Organization], owners_eyes: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_RELEASE", "polls:tokens")
    try:
        done = migrate(settings=RELEASES)
        assert done.returncode == 0, done.stderr
        tokens = [token for each in portals for token in column(owners_eyes, each, "token") or []]
    finally:
        take_back("m9999_token", "ALTER TABLE {schema}.polls_question DROP COLUMN token")

    assert len(tokens) == len(set(tokens)) == 6


def test_a_portal_that_fails_is_as_it_was(
    portals: list[Organization],
    poisoned: Organization,
    owners_eyes: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TEST_RELEASE", "polls:failing")
    try:
        done = migrate(settings=RELEASES)
        moods = [column(owners_eyes, each, "mood") for each in portals]
    finally:
        take_back("m9999_rows")
        take_back("m9998_column", "ALTER TABLE {schema}.polls_question DROP COLUMN mood")

    assert done.returncode == 1
    assert "1 tenants failed and are as they were" in done.stderr
    assert f"{poisoned.slug} ({poisoned.schema_name}): a question that nobody expected" in done.stderr
    assert moods == [["merry"] * 2, None, ["merry"] * 2]


@pytest.mark.long
def test_where_a_portal_stands_that_could_not_be_rolled_back_is_said(
    portals: list[Organization],
    poisoned: Organization,
    owners_eyes: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TEST_RELEASE", "polls:halfway")
    try:
        done = migrate("--tenant", poisoned.slug, settings=RELEASES)
        moods = column(owners_eyes, poisoned, "mood")
    finally:
        take_back("m9999_rows")
        take_back("m9998_column", "ALTER TABLE {schema}.polls_question DROP COLUMN mood")

    assert done.returncode == 1
    assert "nobody expected. Applied in this run: polls.m9998_column" in done.stderr
    assert "1 tenants failed; 1 stand where their lines say" in done.stderr
    assert moods == ["merry"] * 3


@pytest.mark.long
def test_nobody_queues_for_long_behind_a_migration_of_public(
    portals: list[Organization], owners_eyes: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_RELEASE", "jobs:held")
    waits = []
    try:
        with psycopg.connect(os.environ["DATABASE_URL"]) as backup, connection.cursor() as visitor:
            backup.execute("SELECT count(*) FROM public.jobs_job")  # its lock is held until the transaction ends
            process = migrating(settings=RELEASES)
            wait_until(lambda: bool(owners_eyes.execute(_WAITING).fetchall()))
            until = time.monotonic() + 2.5
            while time.monotonic() < until:
                began = time.monotonic()
                visitor.execute("SELECT count(*) FROM public.jobs_job")
                waits.append(time.monotonic() - began)
            assert process.poll() is None, process.communicate()
        _output, errors = process.communicate(timeout=60)
    finally:
        take_back("m9999_held")
        owners_eyes.execute("ALTER TABLE public.jobs_job DROP COLUMN IF EXISTS mood")

    assert process.returncode == 0, errors
    assert 0.5 < max(waits) < LONGEST


_WAITING = "SELECT FROM pg_locks WHERE NOT granted AND relation = 'public.jobs_job'::regclass"
