"""Making a portal's schema read-only, in the database itself, and writable again.

The role that web and worker run as owns the tables; an owner may take the right to write from itself, and give it back.
"""

from __future__ import annotations

from django.db import transaction
from psycopg import sql

from bandstand.backups.tables import tables_of
from bandstand.database.connection import connection

_WRITING = sql.SQL("INSERT, UPDATE, DELETE, TRUNCATE")


def writing_forbid(schema: str) -> None:
    """Wait for the transactions that write in the schema, and let no other begin. Call it inside a transaction.

    Reading goes on meanwhile. Raises OperationalError when somebody writes for longer than `lock_timeout`.
    """
    tables = sql.SQL(", ").join(sql.Identifier(schema, table.name) for table in tables_of(schema))
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("LOCK TABLE {} IN SHARE MODE").format(tables))
        cursor.execute(
            sql.SQL("REVOKE {} ON ALL TABLES IN SCHEMA {} FROM CURRENT_USER").format(_WRITING, sql.Identifier(schema))
        )


@transaction.atomic
def writing_allow(schema: str) -> None:
    """Let the schema be written to again. Idempotent."""
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("GRANT {} ON ALL TABLES IN SCHEMA {} TO CURRENT_USER").format(_WRITING, sql.Identifier(schema))
        )
