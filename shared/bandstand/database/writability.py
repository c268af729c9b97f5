"""Asks PostgreSQL whether it takes writes, at no cost while it does."""

from __future__ import annotations

from django.db import DatabaseError, transaction
from psycopg import errors

from bandstand.database.connection import connection
from bandstand.database.outages import Outage, outage_of

# Larger than the room that the files of a database usually have left, so that it can't be answered without the disk.
_NEEDS_SPACE = """
    CREATE TEMPORARY TABLE bandstand_writability ON COMMIT DROP AS
    SELECT repeat(md5(number::text), 60) AS text FROM generate_series(1, 256) AS number
"""


def refusal() -> Outage | None:
    """Return why the database takes no writes; None if it does. Raises DatabaseError if it can't be asked.

    A read-only answer may come from a server that was the primary until a moment ago, so it is asked for once more on a
    new connection. Space is asked for only after a statement of this process found none.
    """
    if _is_read_only():
        connection.leave_server(at_once=True)
        connection.close()
        if _is_read_only():
            return Outage.READ_ONLY
    if connection.alias in connection.was_full:
        if _has_no_space():
            return Outage.FULL
        connection.was_full.discard(connection.alias)
    return None


def _is_read_only() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('transaction_read_only')::bool")
        return bool(cursor.fetchone()[0])


def _has_no_space() -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_NEEDS_SPACE)
    except DatabaseError as problem:
        if isinstance(problem.__cause__, errors.InsufficientPrivilege):
            return False  # the role may make no temporary tables, so nobody can tell
        if outage_of(problem) is not Outage.FULL:
            raise
        return True
    return False
