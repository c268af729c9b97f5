"""Bringing a backup back: wholly or not at all.

A restored portal always gets a schema, and so a folder of files, of a new name. Rows and schema are written in one
transaction; files are written before its end to a folder that nobody knows of yet. Until the commit nothing is there,
and after it everything is.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection, transaction

from bandstand.accounts.models import User
from bandstand.audit.models import Act
from bandstand.backups.archives import PLATFORM, Archive, ArchiveReader, BackupError, archive_reading, latest_archive
from bandstand.backups.making import FORMAT, SCHEMA, release_check, server_version
from bandstand.backups.owning import public_rows_restore
from bandstand.backups.structure import structure_sql
from bandstand.backups.tables import (
    StoredTable,
    fingerprint,
    sequences_set,
    steady_texts,
    table_fill,
    tables_empty,
    triggers_switch,
)
from bandstand.database.roles import SeveralRolesError, acting_as_services
from bandstand.media.emptying import tenant_files_delete
from bandstand.media.folders import files_below
from bandstand.organizations.auditing import organization_record
from bandstand.organizations.behind import is_behind
from bandstand.organizations.former_hosts import former_slugs, present_slug
from bandstand.organizations.models import Organization, new_schema_name
from bandstand.organizations.owners import owners_derive
from bandstand.organizations.plans import Usage
from bandstand.organizations.storage_use import uncounted
from bandstand.tenancy.drift import without_casts
from bandstand.tenancy.nodes import built_on_the_coordinator
from bandstand.tenancy.provisioning import organization_drop_schema
from bandstand.tenancy.schema_migrating import migrate_restored, migrate_until
from bandstand.tenancy.states import (
    Migrations,
    applied_migrations,
    is_access_current,
    lacking,
    unknown_here,
    wanted_migrations,
)
from bandstand.tenancy.template import TEMPLATE_SCHEMA, known_everywhere

logger = logging.getLogger(__name__)

# Holds an empty file named like each schema whose files are written before the portal that they belong to is there.
UNFINISHED = "restoring"
_LOCK = 7_301_202_612  # any number of ours: leftovers are looked for while nobody restores


@dataclass(frozen=True)
class Restored:
    """What came back, the domains that stayed away because another portal has them, and why it couldn't be migrated."""

    organization: Organization
    tables: int
    rows: int
    files: int
    seconds: float
    left_out: list[str]
    behind: str = ""


@dataclass(frozen=True)
class Verified:
    """What a backup was proven to bring back."""

    archive: Archive
    tables: int
    rows: int
    files: int
    seconds: float


def portals_latest_archive(slug: str) -> Archive:
    """Return the newest backup of the portal that has this address, or had it. Raises BackupError."""
    slug = present_slug(slug)
    organization = Organization.objects.filter(slug=slug).first()
    return latest_archive(slug, *(former_slugs(organization) if organization else ()))


def restore_tenant(
    archive: Archive, *, slug: str | None = None, replace: bool = False, between: Callable[[str], None] | None = None
) -> Restored:
    """Bring the organization in `archive` back, under another slug if one is given.

    A backup under a former address is the portal's at the present one. An organization that has the slug is in the way,
    unless `replace` says that it gets the archive's contents; its row, jobs and domains stay then. `between` is told
    what was done, and may raise to stop.
    Raises BackupError; then, as after a crash, all is as it was before.
    """
    begun = time.monotonic()
    if archive.slug == PLATFORM:
        raise BackupError(f"{archive} is no portal's: `restore_all` brings the platform back.")
    release_check()
    leftovers_delete()
    report = between or (lambda _done: None)
    with archive_reading(archive) as reader:
        about = understood(reader)
        schema = new_schema_name()
        former = ""
        with _as_services(), _files_of_a_new_schema(schema), transaction.atomic():
            _hold_lock()
            rows = schema_restore(reader, schema, rename=(about["schema_name"], schema))
            behind = _bring_up_to_date(schema)
            report("tables")
            organization, former, left_out = _organization_restore(
                about, slug or present_slug(archive.slug), schema, replace=replace, behind=behind
            )
            # Of a portal that stands, `public` knows who owns it; of one that was gone, the archive. Sessions in the
            # archive may have been ended since it was made.
            owners_derive(organization, end_sessions_of=_owner_addresses(organization) if replace else [])
            _backup_note(organization, archive)
            organization_record(organization, Act.RESTORED, detail=str(archive))
            report("rows of public")
            _files_restore(reader, schema)
            report("files")
        if former:
            tenant_files_delete(former)
    seconds = time.monotonic() - begun
    return Restored(organization, len(about["tables"]), rows, len(about["files"]), seconds, left_out, behind)


def verify_backup(archive: Archive) -> Verified:
    """Restore a backup into a scratch schema, compare every table and file with what was saved, and leave nothing.

    Raises BackupError with the name of what differs.
    """
    begun = time.monotonic()
    with archive_reading(archive) as reader:
        about = understood(reader)
        scratch = new_schema_name()
        with transaction.atomic():
            rows = schema_restore(reader, scratch, rename=None)
            tables_compare(archive, about, scratch)
            _structure_compare(archive, reader, scratch)
            transaction.set_rollback(True)
        for saved in about["files"]:
            with reader.part(f"files/{saved['name']}", saved):
                pass
    return Verified(archive, len(about["tables"]), rows, len(about["files"]), time.monotonic() - begun)


def leftovers_delete() -> list[str]:
    """Delete the files of restores that were killed, and return the names of their schemas."""
    found = []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return []  # a restore is under way
        for mark in list(files_below(UNFINISHED)):
            schema = mark.removeprefix(f"{UNFINISHED}/")
            if not Organization.objects.filter(schema_name=schema).exists():  # else it was killed after its commit
                tenant_files_delete(schema)
                found.append(schema)
            default_storage.delete(mark)
    return found


def _hold_lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_LOCK])


def tables_compare(archive: Archive, about: dict[str, Any], schema: str) -> None:
    """Read every table of the schema again. Raises BackupError with the name of one that isn't as it was saved."""
    steady_texts()
    for saved in about["tables"]:
        if fingerprint(schema, table_saved(saved)) != (saved["rows"], saved["sha256"]):
            raise BackupError(f"{archive}: the table {saved['name']} didn't come back as it was.")


def _structure_compare(archive: Archive, reader: ArchiveReader, schema: str) -> None:
    """Raise BackupError if a table, constraint, index or trigger isn't as it was saved by a server of this version."""
    if reader.manifest.get("server") != server_version():
        return  # another version may describe the same structure in other words
    saved = without_casts(reader.text(SCHEMA, reader.manifest["schema"]))
    built = without_casts(structure_sql(schema).replace(schema, TEMPLATE_SCHEMA))
    if saved != built:
        different = sorted(set(saved.splitlines()) ^ set(built.splitlines()))
        raise BackupError(f"{archive}: the schema didn't come back as it was: {different[0].strip()}")


def understood(reader: ArchiveReader) -> dict[str, Any]:
    """Return the manifest. Raises BackupError for one of a later form than this code's."""
    if reader.manifest["format"] != FORMAT:
        raise BackupError("The backup was made by a newer version of Bandstand: restore it with that one.")
    return reader.manifest


@contextmanager
def _as_services() -> Iterator[None]:
    """Have web and workers own what is restored, whoever restores it."""
    try:
        with acting_as_services():
            yield
    except SeveralRolesError as problem:
        raise BackupError(str(problem)) from problem


@contextmanager
def _files_of_a_new_schema(schema: str) -> Iterator[None]:
    """Mark the folder as unfinished while the block runs; an error takes it away."""
    mark = default_storage.save(f"{UNFINISHED}/{schema}", ContentFile(b""))
    try:
        yield
    except BaseException:
        tenant_files_delete(schema)
        default_storage.delete(mark)
        raise
    default_storage.delete(mark)


def schema_restore(reader: ArchiveReader, schema: str, *, rename: tuple[str, str] | None) -> int:
    """Build the schema as it was when it was saved, fill it, and return the number of rows. Raises BackupError."""
    about = reader.manifest
    statements = known_everywhere(reader.text(SCHEMA, about["schema"])).replace(TEMPLATE_SCHEMA, schema)
    steady_texts()
    try:
        with built_on_the_coordinator():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL check_function_bodies = off")
                cursor.execute(statements)
            if "server" not in about:
                migrate_until(schema, _saved_migrations(reader))
            return rows_restore(reader, schema, rename=rename)
    except (DatabaseError, psycopg.Error) as problem:  # COPY raises psycopg's own
        raise BackupError(f"The schema can't be built as it was saved: {problem}") from problem


def _saved_migrations(reader: ArchiveReader) -> Migrations:
    """Return the migrations that the schema had.

    Archives once held the template of the release that made them, whose `migrate` may not have been the last to run.
    """
    saved = next(each for each in reader.manifest["tables"] if each["name"] == "django_migrations")
    app, name = (saved["columns"].index(column) for column in ("app", "name"))
    with reader.part("tables/django_migrations", saved) as content:
        rows = [line.decode().rstrip("\n").split("\t") for line in content]
    return Migrations((row[app], row[name]) for row in rows)


def _bring_up_to_date(schema: str) -> str:
    """Migrate a restored schema; return why it couldn't be, in which case it is as it was saved.

    Raises BackupError if it has migrations that this installation doesn't know.
    """
    applied = applied_migrations(schema)
    if newer := sorted(unknown_here(applied)):
        raise BackupError(
            f"The backup is of a later release: {'.'.join(newer[0])} hasn't run here. Upgrade, and restore then."
        )
    if wanted_migrations() <= applied and is_access_current(schema):
        return ""
    try:
        with built_on_the_coordinator():
            migrate_restored(schema)
    except Exception as problem:
        logger.exception("what was restored can't be migrated")
        return str(problem).strip() or type(problem).__name__
    return ""


def rows_restore(reader: ArchiveReader, schema: str, *, rename: tuple[str, str] | None = None) -> int:
    """Have the tables of a schema that stands hold what was saved, and nothing else; return the number of rows."""
    about = reader.manifest
    tables = [table_saved(saved) for saved in about["tables"]]
    triggers_switch(schema, tables, on=False)
    tables_empty(schema, tables)
    rows = 0
    for saved in about["tables"]:
        with reader.part(f"tables/{saved['name']}", saved) as content:
            count = table_fill(schema, table_saved(saved), content, rename=rename)
        if count != saved["rows"]:
            raise BackupError(f"The table {saved['name']} has {count} rows instead of {saved['rows']}.")
        rows += count
    sequences_set(schema, about["sequences"])
    triggers_switch(schema, tables, on=True)
    return rows


def _organization_restore(
    about: dict[str, Any], slug: str, schema: str, *, replace: bool, behind: str
) -> tuple[Organization, str, list[str]]:
    """Return the organization, the name of the schema that it had, and domains that another portal has."""
    existing = Organization.objects.select_for_update().filter(slug=slug).first()
    if existing is None:
        try:
            organization, left_out = public_rows_restore(about["public"], slug=slug, schema_name=schema)
        except ValidationError as problem:
            raise BackupError(f"{slug} can't be the address: {' '.join(problem.messages)}") from problem
        organization.lacks_migrations = lacking(schema)
        organization.save(update_fields=["lacks_migrations"])
        return organization, "", left_out
    if not replace:
        raise BackupError(f"There is a portal {slug}: restore to another slug, or replace it.")
    if existing.state == Organization.State.DELETING:
        raise BackupError(f"{slug} is being deleted: wait until it is gone, then restore it.")
    if not _may_be_replaced(existing):
        raise BackupError(f"{slug} is {existing.get_state_display()}: restore it in the cell where it lives.")
    # Where the schema is gone, the files of before may be all that was left by whatever happened: they stay.
    former = existing.schema_name if schema_stands(existing.schema_name) else ""
    if behind and former and not is_behind(existing):
        raise BackupError(f"{slug} stays as it is, as what was saved can't be migrated: {behind}")
    organization_drop_schema(existing)
    existing.schema_name = schema
    existing.lacks_migrations = lacking(schema)
    existing.save(update_fields=["schema_name", "lacks_migrations"])
    Usage.objects.filter(organization=existing).delete()  # measured anew when somebody asks
    return existing, former, []


def _backup_note(organization: Organization, archive: Archive) -> None:
    """Let the portal know of the archive that it came from, unless it has a newer one or was another's."""
    known = organization.backed_up_at
    if organization.slug == archive.slug and (known is None or known < archive.taken_at):
        Organization.objects.filter(pk=organization.pk).update(backed_up_at=archive.taken_at)


def _owner_addresses(organization: Organization) -> list[str]:
    return list(User.objects.filter(organizations=organization).values_list("email", flat=True))


def _may_be_replaced(organization: Organization) -> bool:
    """Whether the contents are this cell's to replace; those of a portal on its way out are once they are gone."""
    if organization.state == Organization.State.MOVING:
        return not schema_stands(organization.schema_name)
    return organization.state in {Organization.State.ACTIVE, Organization.State.SUSPENDED}


def schema_stands(schema: str) -> bool:
    """Whether the schema exists."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regnamespace(quote_ident(%s)) IS NOT NULL", [schema])
        return bool(cursor.fetchone()[0])


def _files_restore(reader: ArchiveReader, schema: str) -> None:
    for saved in reader.manifest["files"]:
        # A portal that has more than its plan allows comes back whole.
        with reader.part(f"files/{saved['name']}", saved) as content, uncounted():
            path = f"{schema}/{saved['name']}"
            if default_storage.save(path, File(content)) != path:
                raise BackupError(f"{saved['name']} couldn't be written under its name.")


def table_saved(saved: dict[str, Any]) -> StoredTable:
    """Return the table that a line of a manifest is about."""
    return StoredTable(saved["name"], tuple(saved["columns"]), tuple(saved["key"]))
