"""Makes a portal's schema read-only in the database itself, and writable again.

The role that web and worker run as owns the tables, and an owner may revoke its own privileges and grant them again.
"""

from __future__ import annotations

from django.db import transaction
from psycopg import sql

from bandstand.backups.tables import tables_of
from bandstand.database.connection import connection

_WRITING = sql.SQL("INSERT, UPDATE, DELETE, TRUNCATE")


def writing_forbid(schema: str) -> None:
    """Wait for the transactions that write in the schema, and forbid new ones. Call it inside a transaction.

    Reads aren't blocked. Raises OperationalError if a transaction keeps writing for longer than `lock_timeout`.
    """
    tables = sql.SQL(", ").join(sql.Identifier(schema, table.name) for table in tables_of(schema))
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("LOCK TABLE {} IN SHARE MODE").format(tables))
        cursor.execute(
            sql.SQL("REVOKE {} ON ALL TABLES IN SCHEMA {} FROM CURRENT_USER").format(_WRITING, sql.Identifier(schema))
        )


@transaction.atomic
def writing_allow(schema: str) -> None:
    """Allow writes to the schema again. Idempotent."""
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("GRANT {} ON ALL TABLES IN SCHEMA {} TO CURRENT_USER").format(_WRITING, sql.Identifier(schema))
        )
