"""Migrating `public`, the template and every tenant's schema."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db.migrations.recorder import MigrationRecorder
from django_tenants.utils import get_public_schema_name, schema_context

from bandstand.accounts import roles
from bandstand.database.connection import connection
from bandstand.organizations.models import SCHEMA_PREFIX, Organization
from bandstand.organizations.template import TEMPLATE_SCHEMA, template_refresh

logger = logging.getLogger(__name__)

_LOCK = 7_301_202_611  # any number of ours: one migration at a time per database


def migrate_everything(*, verbosity: int = 1) -> int:
    """Bring every schema up to date, one after the other, and return how many tenants there are."""
    with _only_one():
        _migrate_schema(get_public_schema_name(), verbosity=verbosity)
        _create_template_schema()
        _migrate_schema(TEMPLATE_SCHEMA, verbosity=verbosity)
        template_refresh()
        schemas = _tenant_schemas()
        for schema in schemas:
            _migrate_schema(schema, verbosity=verbosity)
    return len(schemas)


def migrate_restored(schema: str) -> None:
    """Bring one schema that came from an older backup up to date, inside the caller's transaction."""
    _migrate_schema(schema, verbosity=0)


def _tenant_schemas() -> list[str]:
    """Return the schemas of all organizations, oldest first; one that is gone already is on its way out."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace WHERE starts_with(nspname, %s)", [SCHEMA_PREFIX])
        existing = {name for (name,) in cursor.fetchall()}
    known = Organization.objects.order_by("pk").values_list("schema_name", flat=True)
    missing = [name for name in known if name not in existing]
    if missing:
        logger.warning("no schema, so nothing to migrate: %s; see check_tenants", ", ".join(missing))
    return [name for name in known if name in existing]


def _migrate_schema(schema: str, *, verbosity: int) -> None:
    with _as_owner_of(schema):
        connection.set_schema(schema, include_public=False)
        # Without a table of its own, a tenant would read public's and believe itself migrated.
        MigrationRecorder(connection).ensure_schema()
        connection.set_schema(schema)
        DjangoMigrate().execute(
            database="default",
            app_label=None,
            migration_name=None,
            interactive=False,
            fake=False,
            fake_initial=False,
            plan=False,
            check_unapplied=False,
            run_syncdb=False,
            prune=False,
            skip_checks=True,
            verbosity=max(0, verbosity - 1),
            force_color=False,
            no_color=False,
            traceback=False,
            stdout=None,
            stderr=None,
        )
        if schema != get_public_schema_name():
            roles.sync()


def _create_template_schema() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {TEMPLATE_SCHEMA}")


@contextmanager
def _as_owner_of(schema: str) -> Iterator[None]:
    """Act as the role that owns `schema`: what a migration creates then belongs to whoever uses it."""
    with schema_context(get_public_schema_name()), connection.cursor() as cursor:
        cursor.execute("SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = %s", [schema])
        row = cursor.fetchone()
        if row is not None and schema != get_public_schema_name():
            cursor.execute(f"SET ROLE {row[0]}")
    try:
        with schema_context(get_public_schema_name()):
            yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")


@contextmanager
def _only_one() -> Iterator[None]:
    """Hold an advisory lock: a second migration waits for the first and then finds nothing to do."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
