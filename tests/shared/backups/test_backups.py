"""A portal is destroyed and comes back by the documented commands; interrupted, nothing is half there."""

from __future__ import annotations

import io
import os
import signal
import zipfile
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import IO, Any

import pyrage
import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from django_tenants.utils import tenant_context
from pytest_django.fixtures import Settings

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.audit.models import Act, Entry
from bandstand.backups import making, restoring
from bandstand.backups.archives import Archive, BackupError, archive_reading, archives_of, latest_archive, outdated
from bandstand.backups.making import backup_tenant
from bandstand.backups.owning import public_rows
from bandstand.backups.restoring import UNFINISHED, leftovers_delete, restore_tenant, verify_backup
from bandstand.backups.tables import StoredTable, fingerprint, table_contents, table_fill, tables_of
from bandstand.bands.models import Band
from bandstand.media.emptying import tenant_files_delete
from bandstand.media.folders import files_below
from bandstand.media.models import Picture
from bandstand.organizations.models import SCHEMA_PREFIX, Domain, Organization
from bandstand.organizations.notes import Note
from bandstand.organizations.owners import differing_owners, owner_add, owner_remove
from bandstand.organizations.plans import Allowance, Limit
from bandstand.organizations.quotas import Bound, bounds_of, plan_of
from bandstand.organizations.storage_use import storage_used
from bandstand.portals.exporting import organization_export
from bandstand.tenancy.provisioning import organization_drop_schema
from tests import prepared
from tests.factories.domains import CustomDomainFactory
from tests.plans import put_on_plan
from tests.shared.backups.conftest import BANDS, FILES
from tests.shared.teams.test_one_set_of_owners import as_before

pytestmark = pytest.mark.slow


def contents(organization: Organization) -> dict[str, Any]:
    """Return every table's text and every file's bytes, with the schema's name taken out.

    Without the security log entry that says that the portal was restored: see its own test.
    """
    schema = organization.schema_name
    found: dict[str, Any] = {}
    for table in tables_of(schema):
        with table_contents(schema, table) as (rows, _count):
            found[table.name] = rows.read().replace(schema.encode(), b"SCHEMA")
    lines = found["audit_entry"].splitlines()
    found["audit_entry"] = [line for line in lines if Act.RESTORED.encode() not in line]
    for path in files_below(schema):
        with default_storage.open(path) as file:
            found[path.removeprefix(schema)] = file.read()
    return found


def destroy(organization: Organization) -> None:
    tenant_files_delete(organization.schema_name)
    organization_drop_schema(organization)
    Organization.objects.filter(pk=organization.pk).delete()
    User.objects.filter(email="dora@example.org").delete()


def traces() -> tuple[set[str], set[str], int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace WHERE starts_with(nspname, 'org_')")
        schemas = {name for (name,) in cursor.fetchall()}
    files = {path for folder in [*schemas, *_folders(), UNFINISHED] for path in files_below(folder)}
    return schemas, files, Organization.objects.count()


def _folders() -> list[str]:
    return [name for name in default_storage.listdir("")[0] if name.startswith(SCHEMA_PREFIX)]


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, stderr=out)
    return out.getvalue()


def test_it_brings_a_destroyed_portal_back_complete_by_the_documented_commands(
    places: str, large_dora: Organization
) -> None:
    before = contents(large_dora)
    assert before["bands_band"].count(b"\n") == BANDS
    assert sum(name.startswith("/originals/") for name in before) == FILES
    assert "portals saved" in run("backup_all")
    assert "is good" in run("verify_backup", "dora", "--max-age-hours", "1")
    destroy(large_dora)

    told = run("restore_tenant", "dora")
    assert f"{FILES} files" in told

    back = Organization.objects.get(slug="dora")
    assert contents(back) == before
    assert (back.name, back.language, back.host) == ("Dora's Dances", "de", "dora.bandstand.localhost")
    assert back.uid == large_dora.uid
    assert [owner.email for owner in back.owners.all()] == ["dora@example.org"]
    assert back.owners.get().check_password("a-long-password")
    with tenant_context(back):
        assert Band.objects.create(name="Next", slug="next").pk > BANDS, "sequences go on where they stood"
        assert default_storage.exists(Picture.objects.latest("pk").original)


@pytest.mark.long
def test_it_restores_to_another_slug_beside_the_first(large_dora: Organization) -> None:
    before = contents(large_dora)
    archive = backup_tenant(large_dora)
    copied = restore_tenant(archive, slug="dora-copy").organization

    assert contents(copied) == before == contents(large_dora)
    assert copied.schema_name != large_dora.schema_name
    assert copied.uid != large_dora.uid, "a copy is another organization, with the same bands"
    assert copied.host == "dora-copy.bandstand.localhost"
    assert Organization.objects.get(slug="dora").backed_up_at == archive.taken_at
    assert copied.backed_up_at is None, "there is none of the copy yet"


def test_it_keeps_why_a_portal_is_suspended_and_no_note_of_staff(dora: Organization) -> None:
    Note.objects.create(organization=dora, text="canary of staff", created_by="canary@example.org")
    Organization.objects.filter(pk=dora.pk).update(state=Organization.State.SUSPENDED, suspension_reason="Unpaid")

    archive = backup_tenant(Organization.objects.get(pk=dora.pk))

    with archive_reading(archive) as reader:
        manifest = reader.manifest
        parts = [str(manifest), reader.text("schema.sql", manifest["schema"])]
        parts += [reader.text(f"tables/{table['name']}", table) for table in manifest["tables"]]
    assert "canary" not in "".join(parts)
    with organization_export(dora) as exported, zipfile.ZipFile(exported) as files:
        assert not any(b"canary" in files.read(name) for name in files.namelist())
    copied = restore_tenant(archive, slug="dora-copy").organization
    assert (copied.state, copied.suspension_reason) == (Organization.State.SUSPENDED, "Unpaid")
    assert not copied.notes.exists()


@pytest.mark.long
def test_a_portal_over_its_plan_comes_back_whole_and_on_its_plan(dora: Organization) -> None:
    plan = put_on_plan(dora, bands=1, storage=0, members=0)
    until = timezone.now() + timedelta(days=1)
    Allowance.objects.create(organization=dora, limit=Limit.MAILS, most=7, until=until, note="festival")
    before = contents(dora)
    archive = backup_tenant(dora)
    destroy(dora)

    back = restore_tenant(archive).organization

    assert contents(back) == before
    assert plan_of(back) == plan
    assert bounds_of(back)[Limit.MAILS] == Bound(7, until)
    assert storage_used(back) > 0, "measured when somebody asks"
    replaced = restore_tenant(archive, replace=True).organization
    assert storage_used(replaced) == storage_used(back)
    replaced.subscriptions.all().delete()
    plan.delete()


def test_the_security_log_comes_back_and_says_that_it_was_brought_back(dora: Organization) -> None:
    with tenant_context(dora):
        before = list(Entry.objects.values())
    archive = backup_tenant(dora)
    copied = restore_tenant(archive, slug="dora-copy").organization

    with tenant_context(copied):
        newest, *older = Entry.objects.values()
    assert older == before
    assert newest["act"] == Act.RESTORED


def test_a_portal_that_stands_keeps_its_owners_and_one_that_was_gone_gets_the_archives(dora: Organization) -> None:
    dora_account = User.objects.get(email="dora@example.org")
    emil = User.objects.create_user("emil@example.org", "a-long-password")
    owner_add(organization=dora, account=emil)
    archive = backup_tenant(dora)
    owner_remove(organization=dora, account=emil)
    frida = User.objects.create_user("frida@example.org", "a-long-password")
    owner_add(organization=dora, account=frida)
    with tenant_context(dora):
        before = User.objects.get(email=dora_account.email).password

    stands = restore_tenant(archive, replace=True).organization

    assert differing_owners(stands) == []
    assert {owner.email for owner in stands.owners.all()} == {"dora@example.org", "frida@example.org"}
    with tenant_context(stands):
        assert not User.objects.get(email="emil@example.org").is_active
        assert User.objects.get(email=dora_account.email).password != before, "sessions of then are over"

    destroy(stands)
    back = restore_tenant(archive).organization
    assert differing_owners(back) == []
    assert {owner.email for owner in back.owners.all()} == {"dora@example.org", "emil@example.org"}


def test_an_archive_of_before_brings_the_owners_that_the_team_had(
    dora: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tenant_context(dora):
        emil = User.objects.create_user("emil@example.org", "a-long-password")
        monkeypatch.setattr(making, "public_rows", lambda each: {**public_rows(each), "owners_decided_here": False})
        with as_before():
            roles.assign(emil, roles.OWNER)
    archive = backup_tenant(dora)
    destroy(dora)

    back = restore_tenant(archive).organization

    assert differing_owners(back) == []
    assert {owner.email for owner in back.owners.all()} == {"dora@example.org", "emil@example.org"}
    assert User.objects.get(email="emil@example.org").check_password("a-long-password")


def test_it_replaces_a_portal_only_when_told_so_and_keeps_its_row(dora: Organization) -> None:
    before = contents(dora)
    archive = backup_tenant(dora)
    with tenant_context(dora):
        Band.objects.all().delete()
    with pytest.raises(BackupError, match="replace it"):
        restore_tenant(archive)

    restore_tenant(archive, replace=True)

    again = Organization.objects.get(pk=dora.pk)
    restored = contents(again)
    # Owners are logged out, by another text in place of their password.
    assert before.pop("accounts_user") != restored.pop("accounts_user")
    assert restored == before
    assert not list(files_below(dora.schema_name))
    assert dora.schema_name not in traces()[0]


@pytest.mark.parametrize("point", ["tables", "rows of public", "files"])
def test_it_leaves_nothing_when_it_is_interrupted(dora: Organization, point: str) -> None:
    archive = backup_tenant(dora)
    before = traces()

    def interrupt(done: str) -> None:
        if done == point:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restore_tenant(archive, slug="dora-copy", between=interrupt)

    assert traces() == before


def test_it_leaves_nothing_when_it_is_killed(places: str, dora: Organization) -> None:
    archive = backup_tenant(dora)
    before = traces()
    script = (
        "import os, signal, django; django.setup()\n"
        "from bandstand.backups.archives import archive_named\n"
        "from bandstand.backups.restoring import restore_tenant\n"
        "def kill(done):\n    if done == 'files': os.kill(os.getpid(), signal.SIGKILL)\n"
        f"restore_tenant(archive_named({str(archive)!r}), slug='dora-copy', between=kill)\n"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "bandstand_worker.settings"}
    done = prepared.run("-c", script, environment=environment)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert traces()[2] == before[2]

    assert len(leftovers_delete()) == 1
    assert traces() == before


def test_it_proves_a_backup_and_leaves_nothing(large_dora: Organization) -> None:
    archive = backup_tenant(large_dora)
    before = traces()

    done = verify_backup(archive)

    assert done.files == FILES
    assert done.rows > BANDS
    assert traces() == before
    assert "is good" in run("verify_backup", "dora", "--max-age-hours", "1")


@pytest.mark.long
def test_it_tells_rows_that_are_wrong_though_their_number_is_right(
    dora: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = backup_tenant(dora)

    def fill(schema: str, table: StoredTable, content: IO[bytes], *, rename: tuple[str, str] | None = None) -> int:
        changed = io.BytesIO(content.read().replace(b"\tBand 1\t", b"\tBand !\t"))
        return table_fill(schema, table, changed, rename=rename)

    monkeypatch.setattr(restoring, "table_fill", fill)

    with pytest.raises(BackupError, match="bands_band didn't come back as it was"):
        verify_backup(archive)


def test_it_tells_a_damaged_a_foreign_and_a_missing_backup(
    dora: Organization, backups: Path, settings: Settings
) -> None:
    path = backups / backup_tenant(dora).path
    sealed = path.read_bytes()
    assert b"Band 1" not in sealed
    path.write_bytes(sealed[:-200])
    with pytest.raises(CommandError):
        run("verify_backup", "dora")
    path.write_bytes(sealed)
    settings.BACKUP_KEYS = [str(pyrage.x25519.Identity.generate())]
    with pytest.raises(BackupError, match="BANDSTAND_BACKUP_KEY"):
        verify_backup(latest_archive("dora"))
    with pytest.raises(BackupError, match="no backup"):
        latest_archive("nobody")


@pytest.mark.long
def test_it_brings_domains_back_unless_another_portal_has_them(dora: Organization) -> None:
    claim = CustomDomainFactory(organization=dora, name="www.dora.example", verified_at=datetime.now(UTC))
    Domain.objects.create(tenant=dora, domain=claim.name, is_primary=False)
    archive = backup_tenant(dora)
    destroy(dora)

    back = restore_tenant(archive)

    assert back.left_out == []
    assert set(back.organization.domains.values_list("domain", flat=True)) == {
        "dora.bandstand.localhost",
        "www.dora.example",
    }
    assert back.organization.custom_domains.get().token == claim.token


def test_it_saves_the_others_when_one_portal_fails(dora: Organization) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TYPE {dora.schema_name}.mood AS ENUM ('sad')")
    with pytest.raises(CommandError, match="1 of these"):
        run("backup_all")
    assert archives_of("alice")
    assert not archives_of("dora")


def test_it_forgets_old_backups_but_never_the_newest_of_a_living_portal() -> None:
    now = datetime(2026, 11, 24, tzinfo=UTC)
    old, older = Archive("dora", now - timedelta(days=40)), Archive("dora", now - timedelta(days=50))
    new = Archive("dora", now - timedelta(days=3))
    assert outdated([older, old, new], days=30, now=now, keep_newest=True) == [old, older]
    assert outdated([older, old], days=30, now=now, keep_newest=True) == [older]
    assert outdated([older, old], days=30, now=now, keep_newest=False) == [old, older]


def test_it_has_one_fingerprint_for_the_same_rows(dora: Organization) -> None:
    table = next(table for table in tables_of(dora.schema_name) if table.name == "bands_band")
    before = fingerprint(dora.schema_name, table)
    with tenant_context(dora):
        Band.objects.filter(name="Band 1").update(name="Band 1")
    assert fingerprint(dora.schema_name, table) == before


def test_the_commands_run_with_the_workers_settings_too(tmp_path: Path) -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "bandstand_worker.settings"}
    environment |= {"BANDSTAND_BACKUPS": str(tmp_path)}
    # `check` is what every command begins with that doesn't say otherwise: check_tenants, rotate_secrets, jobs, …
    for command, code in ((["backup_key"], 0), (["verify_backup", "nobody"], 1), (["check"], 0)):
        done = prepared.run("-m", "django", *command, environment=environment)
        assert done.returncode == code, done.stderr
        assert "SystemCheckError" not in done.stderr
        assert "Traceback" not in done.stderr
