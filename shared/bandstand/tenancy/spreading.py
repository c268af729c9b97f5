"""Distributes portals' schemas over a Citus cluster: each is built as an ordinary schema, then moved to one node.

Source: Citus, schema-based sharding; `pg_dist_schema` lists the distributed schemas.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django_tenants.utils import get_public_schema_name, schema_context

from bandstand.database.connection import connection
from bandstand.organizations.models import Organization
from bandstand.tenancy.replay import LOCK_TIMEOUT

_ABILITY = """
    SELECT to_regclass('pg_dist_schema') IS NOT NULL,
        current_setting('citus.enable_schema_based_sharding', true) = 'on',
        current_setting('citus.enable_unsafe_triggers', true) = 'on',
        nullif(current_setting('citus.node_connection_timeout', true), '')::interval <= '10 s'
"""
_HAS_TRIGGERS = """
    SELECT DISTINCT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE NOT t.tgisinternal AND c.relnamespace = %s::regnamespace ORDER BY 1
"""
_DISTRIBUTED = "SELECT n.nspname FROM pg_namespace n JOIN pg_dist_schema d ON d.schemaid = n.oid"


def undistributed() -> list[Organization]:
    """Return the organizations in use whose schema is still on the coordinator, oldest first.

    Raises ImproperlyConfigured if the database isn't a suitable Citus cluster. Three queries.
    """
    with schema_context(get_public_schema_name()), connection.cursor() as cursor:
        _require_citus(cursor)
        cursor.execute(_DISTRIBUTED)
        distributed = {name for (name,) in cursor.fetchall()}
        return [each for each in Organization.objects.in_use().order_by("pk") if each.schema_name not in distributed]


def schema_distribute(organization: Organization) -> bool:
    """Distribute the organization's schema to a node of the cluster; return False if it already is.

    Uses the same short lock timeout as migrations. Raises ImproperlyConfigured as `undistributed` does.
    """
    with schema_context(get_public_schema_name()), transaction.atomic(), connection.cursor() as cursor:
        _require_citus(cursor)
        cursor.execute(f"{_DISTRIBUTED} WHERE n.nspname = %s", [organization.schema_name])
        if cursor.fetchone() is not None:
            return False
        cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
        with _triggers_off(cursor, organization.schema_name):
            cursor.execute("SELECT citus_schema_distribute(%s::regnamespace)", [organization.schema_name])
    return True


@contextmanager
def _triggers_off(cursor: Any, schema: str) -> Iterator[None]:
    """Keep the schema's triggers off for the block: Citus copies table by table, and they read tables still to come."""
    cursor.execute(_HAS_TRIGGERS, [schema])
    tables = [f"{connection.ops.quote_name(schema)}.{connection.ops.quote_name(name)}" for (name,) in cursor.fetchall()]
    for table in tables:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    yield
    for table in tables:
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def _require_citus(cursor: Any) -> None:
    cursor.execute(_ABILITY)
    is_there, builds_spread, takes_triggers, gives_up = cursor.fetchone()
    if not is_there:
        raise ImproperlyConfigured(
            "BANDSTAND_CITUS is set, but the database has no Citus 12 or newer: CREATE EXTENSION citus, or unset it."
        )
    if builds_spread:
        raise ImproperlyConfigured(
            "citus.enable_schema_based_sharding is on, and so no portal can be built: ALTER DATABASE … SET"
            " citus.enable_schema_based_sharding = off; jobs spread schemas once they are there."
        )
    if not takes_triggers:
        raise ImproperlyConfigured(
            "citus.enable_unsafe_triggers is off, and so no portal can be spread: ALTER DATABASE … SET"
            " citus.enable_unsafe_triggers = on; portals' tables have triggers."
        )
    if not gives_up:
        raise ImproperlyConfigured(
            "citus.node_connection_timeout is too long, and so a node that hangs takes everybody's time: ALTER DATABASE"
            " … SET citus.node_connection_timeout = '5s'; it may be 10 seconds at most."
        )
