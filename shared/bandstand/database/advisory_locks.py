"""PostgreSQL advisory locks on a name instead of a row, held while a block runs.

They belong to the connection, so a killed process releases them. Source: PostgreSQL, "Advisory Locks".
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bandstand.database.connection import connection


def lock_until_commit(key: str) -> None:
    """Wait for the lock `key`, and hold it until the current transaction ends; works behind poolers, too."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])


@contextmanager
def advisory_lock(key: int | str, *, wait: bool = True) -> Iterator[bool]:
    """Hold the lock `key` in the block and yield True; without `wait`, yield False if another session holds it."""
    number = "hashtextextended(%s, 0)" if isinstance(key, str) else "%s"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {'pg_advisory_lock' if wait else 'pg_try_advisory_lock'}({number})", [key])
        held = wait or bool(cursor.fetchone()[0])
    try:
        yield held
    finally:
        if held:
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT pg_advisory_unlock({number})", [key])
