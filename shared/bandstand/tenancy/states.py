"""The state of each tenant's schema: which migrations it has, and whether its roles match this code."""

from __future__ import annotations

import functools
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from django.apps import apps
from django.db.migrations.loader import MigrationLoader
from django_tenants.utils import get_public_schema_name

from bandstand.database.connection import connection
from bandstand.organizations.behind import migrations_digest
from bandstand.organizations.models import SCHEMA_PREFIX, Organization
from bandstand.tenancy.nodes import schemas_out_of_reach
from bandstand.tenancy.template import history_digest, mark_in, newest_template, schema_mark, template_mark

logger = logging.getLogger(__name__)

Migrations = frozenset[tuple[str, str]]

_SCHEMAS_PER_QUERY = 100  # with more, PostgreSQL JIT-compiles the query, which takes as long as all of them

_SCHEMAS = """
    SELECT n.nspname, n.nspowner::regrole::text, obj_description(n.oid, 'pg_namespace'), c.oid IS NOT NULL
    FROM pg_namespace n
    LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = 'django_migrations'
    WHERE starts_with(n.nspname, %s)
"""
_HISTORY = (
    "SELECT '{schema}', md5(string_agg(app || '.' || name, ',' ORDER BY app, name)) FROM {schema}.django_migrations"
)


@dataclass(frozen=True)
class TenantSchema:
    """One tenant's schema and the role that owns it."""

    name: str
    owner: str


@dataclass(frozen=True)
class Group:
    """The schemas in the same state, oldest first, and what they lack."""

    schemas: tuple[TenantSchema, ...]
    applied: Migrations
    missing: Migrations
    lacks_access: bool


@dataclass(frozen=True)
class Survey:
    """The states of all tenants' schemas: the total, those behind, grouped by state, missing ones, and unknown ones.

    `silent` are schemas whose node in a Citus cluster doesn't answer, with that node.
    """

    total: int
    behind: tuple[Group, ...]
    gone: tuple[str, ...] = ()
    silent: Mapping[str, str] = field(default_factory=dict)

    def of(self, schema: str) -> Survey:
        """Return the survey reduced to this schema."""
        found = []
        for group in self.behind:
            alone = tuple(each for each in group.schemas if each.name == schema)
            if alone:
                found.append(replace(group, schemas=alone))
        return Survey(1, tuple(found), silent={name: node for name, node in self.silent.items() if name == schema})


def survey() -> Survey:
    """Return the states of the tenants' schemas; one query per 100 schemas, and one per group that is behind.

    Nodes of a Citus cluster that don't answer aren't asked.
    """
    # The remains of a portal that moved away aren't migrated; they will be deleted.
    organizations = Organization.objects.exclude(state=Organization.State.MOVED).order_by("pk")
    known = list(organizations.values_list("schema_name", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(_SCHEMAS, [SCHEMA_PREFIX])
        rows = {name: (owner, mark, has_table) for name, owner, mark, has_table in cursor.fetchall()}
    gone = [name for name in known if name not in rows]
    if gone:
        logger.warning("no schema, so nothing to migrate: %s; see check_tenants", ", ".join(gone))
    present = [name for name in known if name in rows]
    silent = {name: node for name, node in schemas_out_of_reach().items() if name in present}
    asked = [name for name in present if name not in silent]
    histories = _histories([name for name in asked if rows[name][2]])

    wanted_mark = schema_mark()
    groups: dict[tuple[str | None, bool], list[TenantSchema]] = {}
    for name in asked:
        owner, mark, _has_table = rows[name]
        groups.setdefault((histories.get(name), mark == wanted_mark), []).append(TenantSchema(name, owner))
    return Survey(len(present), tuple(_behind(groups)), tuple(gone), silent)


def lacking(schema: str) -> str:
    """Return what `Organization.lacks_migrations` says of a schema that came from elsewhere.

    That is this code's digest, or that of newer code whose `migrate` ran here before this code was rolled back to.
    """
    applied = applied_migrations(schema)
    if wanted_migrations() - applied:
        return migrations_digest()
    newest = newest_template()
    is_like_the_others = newest.digest == migrations_digest() or newest.history in {"", history_digest(applied)}
    return "" if is_like_the_others else str(newest.digest)


def is_access_current(schema: str) -> bool:
    """Whether the schema has the roles and permissions of this code, or of newer code whose `migrate` ran here."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT obj_description(%s::regnamespace, 'pg_namespace')", [schema])
        (mark,) = cursor.fetchone()
    return mark in {template_mark(), mark_in(newest_template())}


def unknown_here(applied: Migrations) -> Migrations:
    """Return those of our own migrations that neither this code nor this installation knows."""
    loader = MigrationLoader(None)
    known = frozenset(loader.disk_migrations) | frozenset(
        key for migration in loader.disk_migrations.values() for key in migration.replaces
    )
    ours = {config.label for config in apps.get_app_configs() if config.name.startswith("bandstand.")}
    newer = frozenset(key for key in applied - known if key[0] in ours)
    return newer - applied_migrations(get_public_schema_name()) if newer else newer


def survey_keep(found: Survey) -> None:
    """Store for each organization whether its schema lacks this code's migrations, which processes rely on.

    Old code keeps serving such a portal, while code with these migrations shows a maintenance page for it. If the
    schema is missing, as before a restore, the portal must not be served, or it would use the tables of `public`.
    One whose node was silent may lack them, and can't be served now anyway.
    """
    behind = [schema.name for group in found.behind if group.missing for schema in group.schemas]
    behind += found.silent
    behind += (
        Organization.objects.living_here().filter(schema_name__in=found.gone).values_list("schema_name", flat=True)
    )
    lacking = Organization.objects.filter(schema_name__in=behind)
    lacking.exclude(lacks_migrations=migrations_digest()).update(lacks_migrations=migrations_digest())
    Organization.objects.exclude(lacks_migrations="").exclude(schema_name__in=behind).update(lacks_migrations="")


def _histories(schemas: list[str]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    with connection.cursor() as cursor:
        for start in range(0, len(schemas), _SCHEMAS_PER_QUERY):
            some = schemas[start : start + _SCHEMAS_PER_QUERY]
            cursor.execute(" UNION ALL ".join(_HISTORY.format(schema=schema) for schema in some))
            found.update(cursor.fetchall())
    return found


def _behind(groups: dict[tuple[str | None, bool], list[TenantSchema]]) -> list[Group]:
    wanted = wanted_migrations()
    found = []
    for (history, current), schemas in groups.items():
        applied = frozenset() if history is None else applied_migrations(schemas[0].name)
        missing = wanted - applied
        if missing or not current:
            found.append(Group(tuple(schemas), applied, missing, not current))
    return found


@functools.cache
def wanted_migrations() -> Migrations:
    """Return the migrations that this code has."""
    return frozenset(MigrationLoader(None).graph.nodes)


def applied_migrations(schema: str) -> Migrations:
    """Return the migrations that `schema` has."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT app, name FROM {schema}.django_migrations")  # noqa: S608 # made of constants and quoted names
        return frozenset((app, name) for app, name in cursor.fetchall())
