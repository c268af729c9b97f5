"""Backups while releases come and go: the schema that is there is saved, whatever code is running.

Releases far apart, with real old code, are tried in tests/upgrade.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django_tenants.utils import tenant_context

from bandstand.backups import making
from bandstand.backups.archives import Archive, BackupError, archive_named
from bandstand.backups.making import backup_all, backup_tenant
from bandstand.backups.restoring import restore_tenant, verify_backup
from bandstand.backups.tables import table_contents, tables_of
from bandstand.organizations.behind import migrations_digest
from bandstand.organizations.models import Organization, SchemaTemplate
from bandstand.polls.models import Question
from bandstand.tenancy.drift import find_drift
from bandstand.tenancy.schema_migrating import migrate_until
from bandstand.tenancy.states import applied_migrations, wanted_migrations
from bandstand.tenancy.template import TEMPLATE_SCHEMA
from tests import prepared
from tests.shared.backups.conftest import FEW
from tests.shared.tenancy.test_migrating import migrate, take_back

pytestmark = pytest.mark.slow

NEXT = "tests.bench._column_settings"  # the product with a column more
LATER = ("bands", "9999_later")


@contextmanager
def as_archives_were(template: str) -> Iterator[None]:
    """Have archives made as by releases that put their own template in, and didn't look at the schema."""

    def manifest(*args: Any) -> dict[str, Any]:
        return {name: value for name, value in _manifest(*args).items() if name != "server"}

    _manifest = making._manifest
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(making, "structure_sql", lambda _schema: template)
        patch.setattr(making, "_manifest", manifest)
        yield


def rows_of(schema: str) -> dict[str, bytes]:
    """Return the text of each table that a migration of polls doesn't concern, without the schema's name."""
    found = {}
    for table in tables_of(schema):
        with table_contents(schema, table) as (rows, _count):
            found[table.name] = rows.read().replace(schema.encode(), b"SCHEMA")
    apart = ("audit_entry", "django_migrations", "accounts_user", *_ACCESS)
    return {name: text for name, text in found.items() if not name.startswith("polls") and name not in apart}


_ACCESS = ("django_content_type", "auth_permission", "auth_group_permissions")  # a migration may add to them


def lose_polls(schema: str) -> None:
    """Have the schema stand where it stood before there were polls."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {schema}.polls_vote, {schema}.polls_choice, {schema}.polls_question")
        cursor.execute(f"DELETE FROM {schema}.django_migrations WHERE app = 'polls'")


def get_stuck(schema: str) -> None:
    """Have a migration of the schema fail on its way, at something that somebody did by hand."""
    lose_polls(schema)
    with transaction.atomic():
        migrate_until(schema, applied_migrations(schema) | {("polls", "0001_initial")})
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {schema}.polls_somebodys (a integer)")
        cursor.execute(f"ALTER TABLE {schema}.polls_question ADD COLUMN place_of_a_hand integer")


def mark_behind(organization: Organization, digest: str) -> None:
    Organization.objects.filter(pk=organization.pk).update(lacks_migrations=digest)


@pytest.mark.parametrize("fall_back", [lose_polls, get_stuck])
@pytest.mark.long
def test_a_portal_that_lacks_migrations_is_saved_proven_and_comes_back_with_them(
    ella: Organization, fall_back: Callable[[str], None]
) -> None:
    fall_back(ella.schema_name)
    mark_behind(ella, migrations_digest())
    before = rows_of(ella.schema_name)
    assert before["bands_band"].count(b"\n") == FEW

    done = backup_all(keep_days=30)
    assert done.failures == []
    archive = next(each for each in done.made if each.slug == "ella")
    assert verify_backup(archive).rows > 0
    copied = restore_tenant(archive, slug="ella-copy")
    replaced = restore_tenant(archive, replace=True)

    for back in (copied, replaced):
        assert back.behind == ""
        assert back.organization.lacks_migrations == ""
        assert wanted_migrations() <= applied_migrations(back.organization.schema_name)
        assert before.items() <= rows_of(back.organization.schema_name).items()
        with tenant_context(back.organization):
            assert Question.objects.count() == 0


def test_what_can_not_be_migrated_comes_back_closed_and_replaces_nothing_that_is_open(ella: Organization) -> None:
    lose_polls(ella.schema_name)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {ella.schema_name}.polls_choice ()")
    mark_behind(ella, migrations_digest())
    archive = backup_tenant(ella)
    before = rows_of(ella.schema_name)

    replaced = restore_tenant(archive, replace=True)

    assert "polls_choice" in replaced.behind
    again = Organization.objects.get(pk=ella.pk)
    assert again.lacks_migrations == migrations_digest()
    assert rows_of(again.schema_name) == before
    mark_behind(again, "")
    with pytest.raises(BackupError, match="ella stays as it is, as what was saved can't be migrated"):
        restore_tenant(archive, replace=True)
    assert Organization.objects.get(pk=ella.pk).schema_name == again.schema_name


def test_an_archive_of_a_later_release_is_refused_with_the_way(ella: Organization) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {ella.schema_name}.django_migrations (app, name, applied) VALUES (%s, %s, now())", LATER
        )
    archive = backup_tenant(ella)
    assert verify_backup(archive).rows > 0

    with pytest.raises(BackupError, match=r"later release: bands\.9999_later hasn't run here\. Upgrade"):
        restore_tenant(archive, slug="ella-copy")

    assert not Organization.objects.filter(slug="ella-copy").exists()


def test_an_archive_of_before_is_restored_by_a_server_of_another_version(ella: Organization) -> None:
    """A template in it may have been dumped of a 15.20 by a newer pg_dump."""
    template = SchemaTemplate.objects.get(digest=migrations_digest()).sql
    table = f"{TEMPLATE_SCHEMA}.bands_band"
    with as_archives_were(f"{template}\nALTER TABLE ONLY {table} ALTER COLUMN id SET (pg_attver=22184936);\n"):
        archive = backup_tenant(ella)
    assert verify_backup(archive).rows > 0


def test_before_migrate_has_run_backups_say_so(ella: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = backup_tenant(ella)
    monkeypatch.setattr(making, "template_exists", lambda: False)

    for command in (["backup_tenant", "ella"], ["backup_all"], ["restore_tenant", str(archive), "--slug", "ella-copy"]):
        with pytest.raises(CommandError, match="migrate` hasn't run here"):
            call_command(*command)


@pytest.fixture
def next_release(ella: Organization) -> Iterator[Callable[[str], str]]:
    """A release with one column more has been migrated to; call it to run Python as its code. Then it never was."""
    done = migrate(settings=NEXT)
    assert done.returncode == 0, done.stderr

    def run(script: str) -> str:
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": NEXT}
        script = f"import django; django.setup()\n{_AS_NEXT}\n{script}"
        ended = prepared.run("-c", script, environment=environment)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout.strip()

    yield run
    take_back("m9999_one_column", "ALTER TABLE {schema}.polls_question DROP COLUMN bench")


_AS_NEXT = """
from bandstand.backups.archives import archive_named
from bandstand.backups.making import backup_tenant
from bandstand.organizations.models import Organization
from tests.shared.backups.test_releases import restored
"""


def restored(archive: Archive) -> str:
    """Restore the archive in place of the portal, and return what `lacks_migrations` says then."""
    return str(restore_tenant(archive, replace=True).organization.lacks_migrations)


@pytest.mark.long
def test_old_and_new_code_restore_each_others_backups_and_those_of_before(
    ella: Organization, request: pytest.FixtureRequest
) -> None:
    """After a rollback, or while the nightly backup is still the former release's, the schemas are newer than the code.

    A release that only adds leaves a template that writes rows and then has their tables altered.
    """
    before = rows_of(ella.schema_name)
    of_earlier = backup_tenant(ella)
    next_release = request.getfixturevalue("next_release")
    newest = SchemaTemplate.objects.latest("created_at")
    assert newest.digest != migrations_digest()

    of_old_code = backup_tenant(ella)
    of_new_code = archive_named(next_release("print(backup_tenant(Organization.objects.get(slug='ella')))"))
    with as_archives_were(newest.sql):
        of_new_code_before = backup_tenant(ella)
    with as_archives_were(SchemaTemplate.objects.get(digest=migrations_digest()).sql):
        of_old_code_before = backup_tenant(ella)

    assert verify_backup(of_new_code_before).rows > 0
    for archive in (of_new_code, of_new_code_before):
        assert restored(archive) == "", "new code finds all that it needs"
    with pytest.raises(BackupError, match='column "bench"'):
        restored(of_old_code_before)  # the old code doesn't know how to come to these rows
    # Old code can't migrate it further than it knows: it serves it, and new code will once `migrate` has run.
    assert restored(of_earlier) == newest.digest
    said = next_release(
        f"for each in [{str(of_old_code)!r}, {str(of_old_code_before)!r}, {str(of_earlier)!r}]:\n"
        "    print(restored(archive_named(each)) or 'nothing')"
    )
    assert said.split() == ["nothing"] * 3

    ella.refresh_from_db()
    assert rows_of(ella.schema_name) == before
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(bench) FROM {ella.schema_name}.polls_question")
    assert not [drift for drift in find_drift() if drift.schema_name == ella.schema_name]


def test_whoever_restores_a_portal_it_belongs_to_web_and_workers(ella: Organization) -> None:
    archive = backup_tenant(ella)
    environment = {**os.environ, "DATABASE_URL": os.environ["MIGRATION_DATABASE_URL"]}
    done = prepared.run("manage.py", "restore_tenant", str(archive), "--replace", environment=environment)

    assert done.returncode == 0, done.stderr
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nspowner::regrole::text, current_user FROM pg_namespace WHERE nspname = %s",
            [Organization.objects.get(pk=ella.pk).schema_name],
        )
        owner, ours = cursor.fetchone()
    assert owner == ours


def test_migrations_of_one_transaction_may_write_rows_and_alter_their_table_next(ella: Organization) -> None:
    """Restored schemas are migrated in the restore's own transaction."""
    with transaction.atomic(), tenant_context(ella):
        with connection.schema_editor():
            question = Question.objects.create(text="Which?")
            question.choices.create(text="This")
        with connection.schema_editor() as second:
            second.execute("ALTER TABLE polls_choice ADD COLUMN later integer")
        transaction.set_rollback(True)


def test_a_release_may_alter_the_tables_whose_rows_the_one_before_added(committing: None) -> None:
    script = f"""
import django; django.setup()
from django.db import connection, transaction
from bandstand.tenancy.states import applied_migrations
from bandstand.tenancy.template import template_extend, template_replay
have = applied_migrations({TEMPLATE_SCHEMA!r})
with transaction.atomic():
    for name in ("one", "two"):
        text = f"ALTER TABLE auth_group ADD COLUMN {{name}} integer;"
        kept = template_extend(before=have, after=have, text=text)
    template_replay("org_altered_twice", kept.digest)
    cursor = connection.cursor()
    cursor.execute("SELECT count(one) + count(two) FROM org_altered_twice.auth_group")
    print(cursor.fetchone())
    transaction.set_rollback(True)
"""
    environment = {
        **os.environ,
        "DATABASE_URL": os.environ["MIGRATION_DATABASE_URL"],
        "DJANGO_SETTINGS_MODULE": "bandstand_web.settings",
    }
    done = prepared.run("-c", script, environment=environment)
    assert done.stdout.strip() == "(0,)", done.stderr
