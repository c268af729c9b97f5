"""An installation is lost whole, and an empty one becomes what it was, by its backups and the documented command."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.core.files.storage import default_storage, storages
from django.core.management import CommandError, call_command
from django.db import connection
from psycopg import sql

from bandstand.accounts.models import User
from bandstand.backups.archives import PLATFORM, Archive, BackupError, archives_of, latest_archive
from bandstand.backups.making import STAYS_WITH_THE_INSTALLATION, backup_platform
from bandstand.backups.rebuilding import verify_platform
from bandstand.backups.restoring import restore_tenant
from bandstand.devstack.postgres import database_create
from bandstand.jobs.models import Job, Slot
from bandstand.organizations.models import Organization
from bandstand.settings.storages import files_at
from tests import prepared, servers
from tests.shared.backups.conftest import FEW

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Installation:
    """A database and files, and the processes that use them."""

    owner_url: str
    runtime_url: str
    environment: dict[str, str]

    def run(self, *command: str, owner: bool = False) -> subprocess.CompletedProcess[str]:
        """Run Python here to its end, as the role that migrates or as that of web and workers."""
        url = self.owner_url if owner else self.runtime_url
        environment = {**os.environ, **self.environment, "DATABASE_URL": url}
        return prepared.run(*command, environment=environment)

    def restore_all(self, *arguments: str, owner: bool = True) -> subprocess.CompletedProcess[str]:
        """Run the documented command."""
        return self.run("manage.py", "restore_all", *arguments, owner=owner)

    def contents(self) -> dict[str, Any]:
        """Return every row and every file, with each schema's name exchanged for its portal's.

        Without the security log's word of the restoring.
        """
        place = self.environment["BANDSTAND_MEDIA"]
        return contents_of(self.owner_url, storages.create_storage(files_at(place)))


def contents_of(url: str, files: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    with psycopg.connect(url) as link:
        schemas = dict(link.execute("SELECT schema_name, slug FROM organizations_organization").fetchall())
        named = re.compile("|".join(schemas))
        names = link.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname = ANY(%s)", [["public", *schemas]]
        )
        for schema, table in names.fetchall():
            # What a portal uses is measured anew when somebody asks.
            if schema == "public" and table in {*STAYS_WITH_THE_INSTALLATION, "organizations_usage"}:
                continue
            where = " WHERE act <> 'restored'" if table == "audit_entry" else ""
            query = f'SELECT t::text FROM "{schema}"."{table}" t{where} ORDER BY 1'
            # A restored owner's row gets another unusable password, which ends sessions that came back with it.
            rows = [re.sub(r"(?<=,)!\w{40}(?=,)", "!", row) for (row,) in link.execute(query)]
            found[f"{schemas.get(schema, schema)}.{table}"] = sorted(
                named.sub(lambda m: schemas[m[0]], row) for row in rows
            )
    for schema, slug in schemas.items():
        found |= {
            f"{slug}: {path.removeprefix(schema)}": files.open(path).read() for path in paths_below(files, schema)
        }
    return found


def paths_below(files: Any, folder: str) -> Iterator[str]:
    try:
        folders, names = files.listdir(folder)
    except FileNotFoundError:
        return
    yield from (f"{folder}/{name}" for name in names)
    for inner in folders:
        yield from paths_below(files, f"{folder}/{inner}")


@pytest.fixture
def empty(places: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Another database, migrated and no more, and another place for files."""
    stack = json.loads(os.environ["BANDSTAND_TEST_STACK"])
    number = servers.worker_number()
    name = f"test_rebuilt_{number}"
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with psycopg.connect(stack["admin"], autocommit=True) as server:
        server.execute(drop)
    roles = {"owner": servers.role_of(stack["owner"]), "runtime": servers.role_of(stack["runtime"])}
    database_create(stack["admin"], name, template=servers.kept_database(), **roles)
    media = str(tmp_path_factory.mktemp("rebuilt"))
    yield Installation(
        owner_url=servers.with_path(stack["owner"], name),
        runtime_url=servers.with_path(stack["runtime"], name),
        environment={
            "BANDSTAND_MEDIA": f"{os.environ['BANDSTAND_MEDIA']}-rebuilt" if places == "buckets" else media,
            "REDIS_URL": urlsplit(stack["valkey"])._replace(path=f"/{number + 50}").geturl(),
        },
    )
    with psycopg.connect(stack["admin"], autocommit=True) as server:
        server.execute(drop)


@pytest.fixture
def platform(committing: None) -> Iterator[User]:
    """Somebody of the platform's staff with a second factor, a job that waits, and a worker that runs."""
    staff = User.objects.create_user("staff@example.org", "a-long-password", name="Stella", is_staff=True)
    TOTP.activate(staff, "JBSWY3DPEHPK3PXP")
    alice = Organization.objects.get(slug="alice")
    job = Job.objects.create(organization=alice, kind="mail.send", queue="default", payload={"mail": 1})
    slot = Slot.objects.create(name="lost-with-the-region", seen_at=datetime.now(UTC))
    yield staff
    for row in (job, slot, staff):
        row.delete()


def test_an_empty_installation_becomes_the_one_that_was_lost(
    places: str, ella: Organization, platform: User, empty: Installation
) -> None:
    call_command("backup_all")
    before = contents_of(os.environ["MIGRATION_DATABASE_URL"], default_storage)
    assert len(before["ella.bands_band"]) == FEW
    assert sum(name.startswith("ella: /originals/") for name in before) == FEW
    if places == "folders":  # killed, it goes on
        _kill_after_the_first_portal(empty)
        with psycopg.connect(empty.runtime_url) as link:
            waiting = link.execute("SELECT count(*) FROM organizations_organization WHERE lacks_migrations <> ''")
            assert waiting.fetchone() == (2,)

    done = empty.restore_all()

    assert done.returncode == 0, done.stderr
    assert "ella is back" in done.stdout
    assert empty.contents() == before
    with psycopg.connect(empty.owner_url) as link:
        assert link.execute("SELECT count(*) FROM jobs_slot").fetchone() == (0,)
        owners = link.execute("SELECT DISTINCT nspowner::regrole::text FROM pg_namespace WHERE nspname ~ '^org_'")
        assert owners.fetchall() == [(servers.role_of(empty.runtime_url),)]
    if places == "folders":
        assert empty.run("-c", _ASK_AGAIN, owner=True).stdout.splitlines() == ["refused", "1 secret"]


_ASK_AGAIN = """
import io, django; django.setup()
from django.core.management import CommandError, call_command
try:
    call_command("restore_all")
except CommandError as problem:
    print("refused" if "isn't empty" in str(problem) else problem)
call_command("rotate_secrets", stdout=(said := io.StringIO()))  # reads each, and fails if there is one that it can't
print("1 secret" if ", 1 stood under the present key already" in said.getvalue() else said.getvalue())
"""


def _kill_after_the_first_portal(empty: Installation) -> None:
    script = (
        "import os, signal, django; django.setup()\n"
        "from bandstand.backups.rebuilding import restore_all\n"
        "def kill(line):\n    if line.startswith('1/'): os.kill(os.getpid(), signal.SIGKILL)\n"
        "restore_all(report=kill)\n"
    )
    killed = empty.run("-c", script, owner=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr


@pytest.mark.parametrize("places", ["folders"], indirect=True)
def test_until_a_portal_is_back_nobody_gets_public_instead_of_it(
    committing: None, backups: Path, empty: Installation
) -> None:
    backup_platform()
    done = empty.run("-c", _WITHOUT_PORTALS, owner=True)
    assert done.stdout.splitlines() == [
        "bands.9999_later",
        "migrate hasn't run",
        "0 accounts",
        "no backup of alice",
        "503",
        "503",
    ], done.stderr


_WITHOUT_PORTALS = """
import contextlib, io, os, django
os.environ["DJANGO_SETTINGS_MODULE"] = "bandstand_web.settings"
django.setup()
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from bandstand.accounts.models import User
from bandstand.organizations.behind import migrations_digest
from bandstand.organizations.models import SchemaTemplate

def restore():
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            call_command("restore_all", stderr=(said := io.StringIO()))
        except CommandError as problem:
            return f"{said.getvalue()} {problem}"

def ask():
    return Client(HTTP_HOST="alice.bandstand.localhost").get("/").status_code

cursor = connection.cursor()
cursor.execute("INSERT INTO public.django_migrations (app, name, applied) VALUES ('bands', '9999_later', now())")
print("bands.9999_later" if "bands.9999_later is a migration of one of them alone" in restore() else "restored")
template = SchemaTemplate.objects.filter(digest=migrations_digest())  # `migrate` stores it last
template.update(digest="not yet")
print("migrate hasn't run" if "`manage.py migrate` hasn't run here" in restore() else "restored")
SchemaTemplate.objects.filter(digest="not yet").update(digest=migrations_digest())
print(User.objects.count(), "accounts")
cursor.execute("DELETE FROM public.django_migrations WHERE name = '9999_later'")
print("no backup of alice" if "alice: there is no backup of it." in restore() else "alice is back")
print(ask())
with contextlib.redirect_stdout(io.StringIO()):
    call_command("migrate")
print(ask())
"""


def test_the_role_of_web_and_workers_may_not_rebuild(committing: None, backups: Path) -> None:
    with pytest.raises(CommandError, match="owner's address"):
        call_command("restore_all")


def test_the_platforms_backup_is_proven_and_leaves_nothing(platform: User, backups: Path) -> None:
    call_command("backup_all")
    schemas = _schemas()
    said = StringIO()
    call_command("verify_backup", "--max-age-hours", "1", PLATFORM, "alice", stdout=said)
    assert f"{PLATFORM}/" in said.getvalue()
    assert "2 backups were proven" in said.getvalue()
    assert _schemas() == schemas


def test_a_platforms_backup_with_a_row_that_points_nowhere_is_not_good(
    platform: User, backups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bandstand.backups.making.STAYS_WITH_THE_INSTALLATION", ("accounts_user",))
    archive = backup_platform()
    with pytest.raises(BackupError, match="points to one that wasn't saved"):
        verify_platform(archive)


def test_portals_commands_know_the_platforms_backup(committing: None, backups: Path) -> None:
    archive = backup_platform()
    assert latest_archive(PLATFORM) == archive
    with pytest.raises(BackupError, match="restore_all"):
        restore_tenant(archive)


def test_old_backups_of_the_platform_go_and_its_newest_stays(
    committing: None, backups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = backup_platform()
    for days in (40, 50):
        old = Archive(PLATFORM, archive.taken_at - timedelta(days=days))
        (backups / old.path).write_bytes((backups / archive.path).read_bytes())
    call_command("backup_all")
    assert len(archives_of(PLATFORM)) == 2
    assert min(archives_of(PLATFORM)) == archive


def _schemas() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_namespace")
        return int(cursor.fetchone()[0])
