"""Django's default connection, typed as what it is here: one that knows its tenant."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from django.db import connection as _connection

if TYPE_CHECKING:
    from bandstand.database.base import DatabaseWrapper

connection = cast("DatabaseWrapper", _connection)


@contextmanager
def no_time_limits() -> Iterator[None]:
    """Let statements and transactions take their time: for commands that an operator waits for."""
    names = ("statement_timeout", "idle_in_transaction_session_timeout")
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute(f"SET {name} = 0")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for name in names:
                cursor.execute(f"RESET {name}")
