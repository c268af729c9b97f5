"""Django's default connection, typed as our tenant-aware wrapper."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from django.core.exceptions import ImproperlyConfigured
from django.db import connection as _connection
from django.db.transaction import TransactionManagementError

if TYPE_CHECKING:
    from bandstand.database.base import DatabaseWrapper

connection = cast("DatabaseWrapper", _connection)


@contextmanager
def session() -> Iterator[None]:
    """Use a connection whose session outlives a transaction, for locks, SETs and notifications.

    Behind a pooler that is a direct one, to BANDSTAND_DATABASE_DIRECT_URL; otherwise the usual connection.
    Raises ImproperlyConfigured if the variable isn't set.
    """
    if connection.has_session:
        yield
        return
    if connection.in_atomic_block:
        raise TransactionManagementError("What needs a session of its own can't begin within a transaction.")
    pooled = connection.settings_dict
    direct = pooled.get("DIRECT")
    if direct is None:
        raise ImproperlyConfigured(
            "This needs a session of its own, which a pooler in transaction mode has not: set "
            "BANDSTAND_DATABASE_DIRECT_URL to the address of PostgreSQL itself."
        )
    connection.close()
    connection.settings_dict = {**pooled, **direct, "LOCAL_SETTINGS": None}
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict = pooled
        connection.set_settings_schema(connection.schema_name)


@contextmanager
def no_time_limits() -> Iterator[None]:
    """Lift the time limits on statements and transactions, for commands that an operator runs."""
    with session(), _unlimited():
        yield


@contextmanager
def _unlimited() -> Iterator[None]:
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
