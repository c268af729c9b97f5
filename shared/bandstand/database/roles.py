"""Two roles in PostgreSQL: the owner of `public`, which migrates, and that of web and workers, which owns portals."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bandstand.database.connection import connection

_TABLE = "public.organizations_organization"


class SeveralRolesError(Exception):
    """More than one role may write to `public`, so it isn't clear which one web and workers run as."""


def is_owner() -> bool:
    """Whether the current role may do what the owner of `public` may."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = %s::regclass", [_TABLE])
        return bool(cursor.fetchone()[0])


def may_create_in_public() -> bool:
    """Whether the current role may create tables in `public`, also before there is any."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_schema_privilege('public', 'CREATE')")
        return bool(cursor.fetchone()[0])


def role_of_services() -> str:
    """Return the role of web and workers, quoted; empty if that role owns `public`. Raises SeveralRolesError."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT coalesce(array_agg(DISTINCT a.grantee::regrole::text), '{}')
            FROM pg_class c, aclexplode(c.relacl) a
            WHERE c.oid = %s::regclass AND a.privilege_type = 'INSERT' AND a.grantee NOT IN (0, c.relowner)
            """,
            [_TABLE],
        )
        (services,) = cursor.fetchone()
    if len(services) > 1:
        raise SeveralRolesError(
            f"Several roles may write to `public`: {', '.join(services)}. Leave that right to the one that web and "
            "workers run as."
        )
    return services[0] if services else ""


@contextmanager
def acting_as_services() -> Iterator[None]:
    """Act as the role of web and workers in the block, so that it owns what is created. Raises SeveralRolesError."""
    role = role_of_services() if is_owner() else ""
    if not role:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('role')")
        (former,) = cursor.fetchone()
        cursor.execute(f"SET ROLE {role}")  # quoted by regrole
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('role', %s, false)", [former])
