"""Rebuilds an installation from its backups alone: the rows of `public` first, then one portal after the other.

The rows of `public` are restored in one transaction, and each portal in one of its own. Until a portal's schema is
restored, its row says that it lacks migrations: visitors get a maintenance page, and its jobs wait. An interrupted
rebuild can therefore resume where it stopped.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import DatabaseError, transaction
from django.db.migrations.recorder import MigrationRecorder
from django_tenants.utils import get_public_schema_name
from psycopg import sql

from bandstand.accounts.models import User
from bandstand.audit.models import Act, Entry
from bandstand.audit.recording import record
from bandstand.backups.archives import (
    PLATFORM,
    Archive,
    BackupError,
    archive_named,
    archive_reading,
    archived_slugs,
    archives_of,
    latest_archive,
)
from bandstand.backups.making import release_check
from bandstand.backups.restoring import (
    Restored,
    Verified,
    restore_tenant,
    rows_restore,
    table_saved,
    tables_compare,
    understood,
)
from bandstand.backups.tables import foreign_keys_like, table_fill, tables_like
from bandstand.database.advisory_locks import advisory_lock
from bandstand.database.connection import connection
from bandstand.database.roles import SeveralRolesError, is_owner, role_of_services
from bandstand.organizations.behind import migrations_digest
from bandstand.organizations.former_hosts import former_slugs, present_slugs
from bandstand.organizations.models import SCHEMA_PREFIX, Organization, new_schema_name
from bandstand.tenancy.states import applied_migrations

PUBLIC = get_public_schema_name()
_LOCK = 7_301_202_614  # an arbitrary number: one rebuild at a time


@dataclass
class Rebuilt:
    """The result of a rebuild; each of `failures` names the portal."""

    portals: list[Restored] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def restore_all(*, report: Callable[[str], None], platform: Archive | None = None) -> Rebuilt:
    """Rebuild an empty installation from the newest backups, or resume an interrupted rebuild.

    `platform` selects an older backup of the rows of `public`. `report` gets a line for each step. A portal that can't
    be restored is reported, and the others are restored. Run it as the role that owns `public`; portals are built as
    the role of web and workers. Raises BackupError, before changing anything, if the installation isn't empty, or
    `migrate` hasn't come to its end.
    """
    done = Rebuilt()
    if not is_owner():
        raise BackupError("Restoring everything takes the owner's address in DATABASE_URL, as `migrate` does.")
    try:
        role_of_services()
    except SeveralRolesError as problem:
        raise BackupError(str(problem)) from problem
    release_check()
    with _alone():
        if _is_empty():
            report(_platform_restore(platform or latest_archive(PLATFORM)))
        elif platform is not None or not _without_schema():
            raise BackupError("The installation isn't empty: restore into one that has been migrated and no more.")
        archives = [*_of_newcomers(), *(_archive_or_reason(each) for each in _without_schema())]
        for number, archive in enumerate(archives, start=1):
            count = f"{number}/{len(archives)}"
            if isinstance(archive, str):
                done.failures.append(archive)
                report(f"{count} {archive}")
                continue
            try:
                done.portals.append(restore_tenant(archive, replace=True))
                report(f"{count} {_sentence(archive, done.portals[-1])}")
            except Exception as problem:  # noqa: BLE001 # whatever it is concerns one portal
                done.failures.append(f"{archive.slug}: {problem}")
                report(f"{count} {archive.slug} isn't back: {problem}")
    return done


def verify_platform(archive: Archive) -> Verified:
    """Restore the platform's backup into a scratch schema, compare every table, and drop the schema.

    Raises BackupError with the name of the table that differs, or of a row whose foreign key is broken.
    """
    begun = time.monotonic()
    with archive_reading(archive) as reader:
        about = understood(reader)
        scratch = new_schema_name()
        tables = [table_saved(saved) for saved in about["tables"]]
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(scratch)))
            tables_like(scratch, tables, like=PUBLIC)
            for saved, table in zip(about["tables"], tables, strict=True):
                with reader.part(f"tables/{table.name}", saved) as content:
                    table_fill(scratch, table, content)
            try:
                foreign_keys_like(scratch, tables, like=PUBLIC)
            except DatabaseError as problem:
                raise BackupError(f"{archive}: a row points to one that wasn't saved: {problem}") from problem
            tables_compare(archive, about, scratch)
            transaction.set_rollback(True)
    rows = sum(saved["rows"] for saved in about["tables"])
    return Verified(archive, len(tables), rows, 0, time.monotonic() - begun)


def installed_at() -> datetime:
    """Return when this installation was set up, before which there can be no backup."""
    first: datetime = MigrationRecorder(connection).migration_qs.earliest("applied").applied
    return first


def _platform_restore(archive: Archive) -> str:
    """Restore the rows of `public` in one transaction, and return a summary."""
    begun = time.monotonic()
    with archive_reading(archive) as reader, transaction.atomic():
        about = understood(reader)
        _check_release(about)
        rows = rows_restore(reader, PUBLIC)
        awaited = Organization.objects.filter(pk__in=[each.pk for each in _without_schema()])
        awaited.update(lacks_migrations=migrations_digest())
        record(Act.RESTORED, target=PLATFORM, detail=str(archive))
    return (
        f"The platform is back from {archive}: {rows} rows in {len(about['tables'])} tables, "
        f"{time.monotonic() - begun:.1f} s."
    )


def _check_release(about: dict[str, Any]) -> None:
    """Raise BackupError unless `public` has exactly the migrations that the backup was made with."""
    saved = {(app, name) for app, name in about["migrations"]}
    different = sorted(saved ^ applied_migrations(PUBLIC))
    if different:
        raise BackupError(
            f"The backup is of another release ({about['release'] or 'without a name'}): {'.'.join(different[0])} is a "
            "migration of one of them alone. Install the release that made it, restore, and upgrade afterwards."
        )


def _is_empty() -> bool:
    return not User.objects.exists() and not Organization.objects.exists()


def _without_schema() -> list[Organization]:
    """Return the portals of this cell whose schema is missing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace WHERE starts_with(nspname, %s)", [SCHEMA_PREFIX])
        standing = [name for (name,) in cursor.fetchall()]
    return list(Organization.objects.living_here().exclude(schema_name__in=standing).order_by("pk"))


def _archive_or_reason(organization: Organization) -> Archive | str:
    try:
        return latest_archive(organization.slug, *former_slugs(organization))
    except BackupError:
        return f"{organization.slug}: there is no backup of it."


def _of_newcomers() -> list[Archive]:
    """Return the backups of portals created after the platform's backup that haven't been restored yet."""
    restored = Entry.objects.filter(act=Act.RESTORED, target=PLATFORM).order_by("-pk").first()
    if restored is None:
        return []
    since, until = archive_named(restored.detail).taken_at, restored.happened_at
    known = {*Organization.objects.values_list("slug", flat=True), *present_slugs()}
    newest = [archives_of(slug)[:1] for slug in archived_slugs() if slug not in known]
    return [archive for found in newest for archive in found if since < archive.taken_at < until]


def _sentence(archive: Archive, done: Restored) -> str:
    left_out = f" Left out, as another portal has them: {', '.join(done.left_out)}." if done.left_out else ""
    behind = f" It couldn't be migrated and stays closed: {done.behind}" if done.behind else ""
    return (
        f"{done.organization.slug} is back from {archive}: {done.rows} rows in {done.tables} tables, "
        f"{done.files} files, {done.seconds:.1f} s.{left_out}{behind}"
    )


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the lock; raise BackupError if another process is rebuilding the installation."""
    with advisory_lock(_LOCK, wait=False) as held:
        if not held:
            raise BackupError("Another process restores this installation at the moment.")
        yield
