"""Migrates one schema by Django, as the role that owns it."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django_tenants.utils import get_public_schema_name, schema_context

from bandstand.accounts import roles
from bandstand.database.connection import connection
from bandstand.tenancy.replay import LOCK_TIMEOUT
from bandstand.tenancy.states import Migrations, applied_migrations, wanted_migrations
from bandstand.tenancy.template import schema_mark, template_mark


def migrate_restored(schema: str) -> None:
    """Migrate a schema restored from an older backup, inside the caller's transaction.

    Raises whatever a migration raises; the schema is then as it was.
    """
    migrate_schema(schema, verbosity=0, whole=transaction.atomic(), mark=template_mark())


def migrate_until(schema: str, wanted: Migrations) -> None:
    """Bring a schema without rows to the state that has the migrations `wanted`, inside the caller's transaction."""
    lacking = (wanted - applied_migrations(schema)) & wanted_migrations()
    if not lacking:
        return
    connection.check_constraints()
    with _as_owner_of(schema), transaction.atomic():
        connection.set_schema(schema)
        executor = MigrationExecutor(connection)
        # Only the last ones of each app: a target that was reached on the way to another would be unapplied.
        parents = {key: executor.loader.graph.node_map[key].parents for key in lacking}
        followed = {parent.key for key in lacking for parent in parents[key] if parent.key[0] == key[0]}
        executor.migrate(sorted(lacking - followed))


def migrate_tenant(schema: str, *, verbosity: int) -> None:
    """Migrate a portal's schema, in one transaction unless a migration refuses that."""
    with impatient():
        migrate_schema(schema, verbosity=verbosity, whole=_whole(schema), mark=schema_mark())


def _whole(schema: str) -> AbstractContextManager[object]:
    """Return a transaction for all migrations that the schema lacks; nothing if one of them refuses that."""
    is_refused = _without_transaction() & (wanted_migrations() - applied_or_none(schema))
    return nullcontext() if is_refused else transaction.atomic()


@functools.cache
def _without_transaction() -> Migrations:
    graph = MigrationLoader(None).graph
    return frozenset(key for key, migration in graph.nodes.items() if not migration.atomic)


@contextmanager
def impatient() -> Iterator[None]:
    """Don't wait longer for a lock in the block than others may wait behind it."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")


def migrate_schema(
    schema: str, *, verbosity: int, whole: AbstractContextManager[object] | None = None, mark: str = ""
) -> None:
    """Migrate a schema inside `whole`, with roles and permissions, and mark it with the state that it has then."""
    with _as_owner_of(schema), whole or nullcontext():
        connection.set_schema(schema, include_public=False)
        # Without its own table, a tenant would read the one in `public` and appear to be migrated.
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
        if mark:
            with connection.cursor() as cursor:
                cursor.execute(f"COMMENT ON SCHEMA {schema} IS '{mark}'")


@contextmanager
def _as_owner_of(schema: str) -> Iterator[None]:
    """Act as the role that owns `schema`, so that it also owns what a migration creates."""
    with schema_context(get_public_schema_name()), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('role')")
        (former,) = cursor.fetchone()
        cursor.execute("SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = %s", [schema])
        row = cursor.fetchone()
        if row is not None and schema != get_public_schema_name():
            cursor.execute(f"SET ROLE {row[0]}")
    try:
        with schema_context(get_public_schema_name()):
            yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('role', %s, false)", [former])


def applied_or_none(schema: str) -> Migrations:
    """Return the migrations that the schema has; none if it has no table of them."""
    return applied_migrations(schema) if has_history(schema) else Migrations()


def has_history(schema: str) -> bool:
    """Whether the schema has a table of migrations of its own."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [f"{schema}.django_migrations"])
        return bool(cursor.fetchone()[0])
