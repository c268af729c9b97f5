"""Which statements change what a tenant's pages show, and when the version of that changes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext

import pytest
import redis
from django.db import IntegrityError, transaction
from django_tenants.utils import tenant_context
from psycopg import sql
from pytest_django.plugin import DjangoDbBlocker

from bandstand.bands.models import Genre
from bandstand.database import content_version
from bandstand.database.connection import connection
from bandstand.database.writes import scopes_written
from bandstand.organizations.models import Organization, UnannouncedChange
from bandstand.teams.models import Invitation

HERE = "org_abcdefghijkmno"


@pytest.mark.parametrize(
    "statement",
    [
        'INSERT INTO "bands_band" ("name") VALUES (%s)',
        'UPDATE "bands_band" SET "name" = %s',
        'DELETE FROM "bands_band" WHERE TRUE',
        "insert into bands_band values (1)",
        "  -- a word before\n DELETE FROM bands_band",
        "/* and another */ TRUNCATE bands_band",
        "WITH gone AS (DELETE FROM bands_band RETURNING id) SELECT * FROM gone",
        "COPY bands_band FROM STDIN",
        "ALTER TABLE bands_band ADD COLUMN x int",
        "SELECT 1; DELETE FROM bands_band",
        "SET x = 1; UPDATE bands_band SET name = ''",
        'UPDATE "django_session" SET x = 1; DELETE FROM bands_band',
        "EXPLAIN ANALYZE DELETE FROM bands_band",
        "DO $$ BEGIN DELETE FROM bands_band; END $$",
        "MERGE INTO bands_band USING x ON TRUE WHEN MATCHED THEN DELETE",
        "CALL anything()",
    ],
)
def test_a_write_counts_for_the_current_schema(statement: str) -> None:
    assert scopes_written(statement, HERE) == {HERE}
    assert scopes_written(statement, "public") == set()


@pytest.mark.parametrize(
    "statement",
    [
        'SELECT "bands_band"."id" FROM "bands_band"',
        "(SELECT 1) UNION (SELECT 2)",
        "WITH some AS (SELECT 1) SELECT * FROM some",
        "SAVEPOINT x",
        "ROLLBACK TO SAVEPOINT x",
        "SET search_path = x",
        "EXPLAIN SELECT 1",
        'UPDATE "django_session" SET "session_data" = %s',
        'INSERT INTO "axes_accessattempt" ("x") VALUES (%s)',
        'DELETE FROM "enquiries_enquiry"',
        'INSERT INTO "jobs_job" ("kind") VALUES (%s)',
        "UPDATE public.organizations_usage SET files = 1",
    ],
)
def test_what_no_page_shows_does_not_count(statement: str) -> None:
    assert scopes_written(statement, HERE) == set()


def test_what_some_pages_show_counts_for_them_alone() -> None:
    assert scopes_written('INSERT INTO "polls_vote" ("voter") VALUES (%s)', HERE) == {f"{HERE}:votes"}
    assert scopes_written('DELETE FROM "polls_question"', HERE) == {HERE}
    assert scopes_written('INSERT INTO "a_table_that_nobody_knows" VALUES (1)', HERE) == {HERE}


def test_a_schema_that_is_named_counts_wherever_one_is() -> None:
    assert scopes_written('UPDATE "org_zzzzzzzzzzzzzz"."bands_band" SET x = 1', "public") == {"org_zzzzzzzzzzzzzz"}
    assert scopes_written("DELETE FROM org_zzzzzzzzzzzzzz.django_session", HERE) == {HERE, "org_zzzzzzzzzzzzzz"}


@pytest.fixture
def alice(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Organization]:
    """Alice's schema, outside of any test transaction."""
    with django_db_blocker.unblock():
        content_version.VersionChange._away_until = 0.0
        organization = Organization.objects.get(slug="alice")
        UnannouncedChange.objects.all().delete()
        with tenant_context(organization):
            yield organization
            Genre.objects.all().delete()
            Invitation.objects.all().delete()
        UnannouncedChange.objects.all().delete()
        connection.close()


def version(organization: Organization) -> bytes:
    return content_version.current_version(organization.schema_name)


def is_being_written(organization: Organization) -> bool:
    return content_version.committing_for([organization.schema_name]) is not None


def test_the_version_changes_with_every_way_to_write_and_with_no_read(alice: Organization) -> None:
    def changes(*, by: object) -> bool:
        before = version(alice)
        by()  # type: ignore[operator]
        return version(alice) != before

    def plain_sql() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                sql.SQL("INSERT INTO {} (name, slug) VALUES ('Ska', 'ska')").format(sql.Identifier("bands_genre"))
            )

    assert changes(by=lambda: Genre.objects.create(name="Doom"))
    assert changes(by=lambda: Genre.objects.bulk_create([Genre(name="Folk", slug="folk")]))
    assert changes(by=lambda: Genre.objects.filter(slug="folk").update(name="Jazz"))
    assert changes(by=plain_sql)
    assert changes(by=lambda: Genre.objects.filter(slug="ska").delete())
    assert not changes(by=lambda: list(Genre.objects.all()))
    assert not changes(by=lambda: Invitation.objects.all().delete())


def test_only_the_tenant_that_was_written_to_changes(alice: Organization) -> None:
    charlie = Organization.objects.get(slug="charlie")
    before = version(charlie)

    Genre.objects.create(name="Doom")

    assert version(charlie) == before


def test_a_transaction_counts_when_it_commits_and_not_when_it_is_rolled_back(alice: Organization) -> None:
    before = version(alice)

    with transaction.atomic():
        Genre.objects.create(name="Doom")
        within = version(alice)
        assert connection.writes.scopes == {alice.schema_name}
    after = version(alice)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        Genre.objects.create(name="Ska")
        raise ZeroDivisionError

    assert within == before
    assert after != before
    assert version(alice) == after
    assert connection.writes.scopes == set()


def test_a_commit_is_seen_while_it_is_under_way(alice: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    before, seen = version(alice), []
    commit = connection._commit

    def looking() -> None:
        seen.append((version(alice), is_being_written(alice)))
        commit()
        seen.append((version(alice), is_being_written(alice)))

    monkeypatch.setattr(connection, "_commit", looking)
    with transaction.atomic():
        Genre.objects.create(name="Doom")

    assert [busy for _version, busy in seen] == [True, True]
    assert seen[0][0] != before, "pages from before die before the commit"
    assert version(alice) != seen[1][0], "pages made during the commit die after it"
    assert not is_being_written(alice)


# --- What can't be announced ----------------------------------------------------------------------------------------
def notes() -> set[str]:
    return set(UnannouncedChange.objects.values_list("scope", flat=True))


@pytest.fixture
def watched(alice: Organization) -> Iterator[Organization]:
    """Alice's schema, as if the dispatcher were there."""
    store = content_version.client()
    store.set(content_version.WATCH, "word", ex=60)
    yield alice
    store.delete(content_version.WATCH)


@pytest.mark.parametrize("in_transaction", [True, False])
def test_a_change_that_cannot_be_announced_leaves_a_note_in_the_same_transaction(
    watched: Organization, monkeypatch: pytest.MonkeyPatch, *, in_transaction: bool
) -> None:
    Genre.objects.create(name="Doom")
    assert notes() == set(), "the store was told"
    nowhere = redis.Redis.from_url("redis://127.0.0.1:1", socket_connect_timeout=0.1)
    monkeypatch.setattr(content_version, "client", lambda: nowhere)

    with transaction.atomic() if in_transaction else nullcontext():
        Genre.objects.create(name="Ska")
        assert not (in_transaction and notes())
    assert notes() == {watched.schema_name}

    UnannouncedChange.objects.all().delete()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        Genre.objects.create(name="Jazz")
        raise ZeroDivisionError
    with pytest.raises(IntegrityError):
        Genre.objects.create(name="Ska", slug="ska")
    Invitation.objects.all().delete()
    assert notes() == set(), "nothing that pages show was changed"


def test_a_store_that_nobody_watches_may_have_been_left_so_a_note_is_left_too(alice: Organization) -> None:
    before = version(alice)
    content_version.client().delete(content_version.WATCH)
    Genre.objects.create(name="Doom")
    assert notes() == {alice.schema_name}
    assert version(alice) != before


def test_what_cannot_run_in_a_transaction_still_runs(alice: Organization) -> None:
    with connection.cursor() as cursor:
        cursor.execute("REINDEX INDEX CONCURRENTLY bands_genre_pkey")


def test_what_was_written_past_the_connection_is_announced(alice: Organization) -> None:
    before = version(alice)
    connection.writes.count_in(alice.schema_name)
    assert version(alice) != before
    assert notes() == {alice.schema_name}
