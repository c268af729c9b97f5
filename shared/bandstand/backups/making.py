"""Makes backups of one organization, of the platform or of everything, and deletes old ones."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any, cast

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils import timezone
from django_tenants.utils import get_public_schema_name

from bandstand.backups.archives import (
    MANIFEST,
    PLATFORM,
    Archive,
    ArchiveWriter,
    BackupError,
    ExactEncoder,
    archive_delete,
    archive_writing,
    archived_slugs,
    archives_of,
    outdated,
)
from bandstand.backups.owning import public_rows
from bandstand.backups.structure import structure_sql
from bandstand.backups.tables import StoredTable, sequences_of, steady_texts, table_contents, tables_of
from bandstand.media.folders import files_below
from bandstand.organizations.behind import migrations_digest
from bandstand.organizations.former_hosts import present_slugs
from bandstand.organizations.models import Organization
from bandstand.tenancy.states import applied_migrations, wanted_migrations
from bandstand.tenancy.template import TEMPLATE_SCHEMA, template_exists

FORMAT = 1
SCHEMA = "schema.sql"
# Tables of `public` that describe the installation rather than people's data: a rebuilt installation has its own.
STAYS_WITH_THE_INSTALLATION = (
    "django_migrations",
    "organizations_schematemplate",
    "organizations_spareschema",
    "organizations_unannouncedchange",
    "jobs_slot",
)
logger = logging.getLogger(__name__)


@dataclass
class Round:
    """The result of a round of backups; each of `failures` names the organization or the platform."""

    made: list[Archive] = field(default_factory=list)
    deleted: list[Archive] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def backup_tenant(organization: Organization) -> Archive:
    """Return a new archive with a consistent snapshot of the organization. Raises BackupError.

    Files never change once they are written, so the portal stays in use while they are copied.
    """
    archive = Archive(organization.slug, timezone.now())
    with archive_writing(archive) as writer:
        manifest = rows_save(organization, writer, taken_at=archive.taken_at)
        manifest["files"] = _save_files(organization.schema_name, writer)
        writer.add_text(MANIFEST, json.dumps(manifest, cls=ExactEncoder))
    Organization.objects.filter(pk=organization.pk).update(backed_up_at=archive.taken_at)
    return archive


def rows_save(organization: Organization, writer: ArchiveWriter, *, taken_at: datetime) -> dict[str, Any]:
    """Add a consistent snapshot of everything but the files, and return the manifest so far. Raises BackupError."""
    release_check()
    with _one_moment():
        manifest = _manifest(organization, taken_at)
        structure = structure_sql(organization.schema_name).replace(organization.schema_name, TEMPLATE_SCHEMA)
        manifest["schema"] = writer.add_text(SCHEMA, structure)
        manifest["tables"] = _save_tables(organization.schema_name, tables_of(organization.schema_name), writer)
        manifest["sequences"] = sequences_of(organization.schema_name)
    return manifest


def backup_platform() -> Archive:
    """Return a new archive with a consistent snapshot of the rows of `public`. Raises BackupError."""
    release_check()
    archive = Archive(PLATFORM, timezone.now())
    public = get_public_schema_name()
    with archive_writing(archive) as writer:
        with _one_moment():
            tables = [table for table in tables_of(public) if table.name not in STAYS_WITH_THE_INSTALLATION]
            manifest = {
                "format": FORMAT,
                "taken_at": archive.taken_at,
                "release": settings.RELEASE,
                "migrations": sorted(applied_migrations(public)),
                "tables": _save_tables(public, tables, writer),
                "sequences": sequences_of(public, without=STAYS_WITH_THE_INSTALLATION),
            }
        writer.add_text(MANIFEST, json.dumps(manifest, cls=ExactEncoder))
    return archive


def backup_all(*, keep_days: int) -> Round:
    """Back up the platform and every organization of this cell, and delete archives older than `keep_days`.

    A failure is reported and doesn't stop the others. The newest archive of an existing organization, and of the
    platform, is kept whatever its age. The platform comes first, so that its jobs are never newer than the portals: a
    restored job that has been done since is idempotent, but a newer one would refer to rows that aren't there.
    Raises BackupError if this code's `migrate` hasn't run.
    """
    release_check()
    done = Round()
    try:
        done.made.append(backup_platform())
    except Exception as problem:
        logger.exception("no backup of the platform")
        done.failures.append(f"the platform: {problem}")
    organizations = Organization.objects.living_here().order_by("pk")
    for organization in organizations.iterator(chunk_size=100):
        try:
            done.made.append(backup_tenant(organization))
        except Exception as problem:
            if not Organization.objects.living_here().filter(pk=organization.pk).exists():
                continue  # it was deleted or moved in the meantime
            logger.exception("no backup of %s", organization.slug)
            done.failures.append(f"{organization.slug}: {problem}")
    done.deleted = _forget_outdated(keep_days)
    return done


@contextmanager
def _one_moment() -> Iterator[None]:
    """Give the block a snapshot of the database, with values printed the same by every server."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        steady_texts()
        yield


def _forget_outdated(days: int) -> list[Archive]:
    existing = {PLATFORM, *Organization.objects.values_list("slug", flat=True)}
    present = present_slugs()
    of_portals: dict[str, list[Archive]] = {}
    for slug in [PLATFORM, *archived_slugs()]:
        of_portals.setdefault(present.get(slug, slug), []).extend(archives_of(slug))
    deleted = []
    for slug, archives in of_portals.items():
        old = outdated(archives, days=days, now=timezone.now(), keep_newest=slug in existing)
        for archive in old:
            archive_delete(archive)
        deleted += old
    return deleted


def release_check() -> None:
    """Raise BackupError unless `public` is as this code needs it; portals may be ahead of it or behind."""
    if not template_exists():
        raise BackupError("This release's `manage.py migrate` hasn't run here: run it, or use the release that runs.")


def _manifest(organization: Organization, taken_at: datetime) -> dict[str, Any]:
    """Return what describes the archive.

    `migrations` tells earlier releases whether to migrate what they restore. `server` is the version of PostgreSQL that
    described the schema; archives without it hold the template of the release that made them instead.
    """
    is_current = wanted_migrations() <= applied_migrations(organization.schema_name)
    return {
        "format": FORMAT,
        "taken_at": taken_at,
        "schema_name": organization.schema_name,
        "migrations": migrations_digest() if is_current else "",
        "server": server_version(),
        "public": public_rows(organization),
    }


def server_version() -> int:
    """Return PostgreSQL's version, such as 180006."""
    version: int = connection.cursor().connection.info.server_version
    return version


def _save_tables(schema: str, tables: list[StoredTable], writer: ArchiveWriter) -> list[dict[str, Any]]:
    saved = []
    for table in tables:
        with table_contents(schema, table) as (content, count):
            about = writer.add(f"tables/{table.name}", content)
        saved.append({"name": table.name, "columns": table.columns, "key": table.key, "rows": count, **about})
    return saved


def _save_files(schema: str, writer: ArchiveWriter) -> list[dict[str, Any]]:
    """Add every file, except those deleted in the meantime, whose rows are about to go as well."""
    saved = []
    for path in files_below(schema):
        try:
            content = default_storage.open(path)
        except FileNotFoundError:
            continue
        name = path.removeprefix(f"{schema}/")
        with content:
            saved.append({"name": name, **writer.add(f"files/{name}", cast("IO[bytes]", content))})
    return saved
