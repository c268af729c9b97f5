"""Sends settings to PostgreSQL in front of a statement, in the same message: for connections without a session.

Behind a pooler in transaction mode the next transaction may run on another server connection, and a SET would leak to
other clients. So every transaction sets what it needs by SET LOCAL. PostgreSQL treats a message with several
statements as one transaction, and the pooler as one unit, so a statement in autocommit mode gets its settings too,
and there are no extra round trips.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Self

from psycopg import ClientCursor, NotSupportedError, sql
from psycopg.pq import TransactionStatus


class LocalSettingsCursor(ClientCursor[Any]):
    """A client-side binding cursor, like Django's, that sends `local_settings()` before each statement."""

    def local_settings(self) -> Sequence[str]:
        """Return the statements to send first; called once per statement."""
        return ()

    def settings_sent(self) -> None:
        """Called after the settings and the statement succeeded."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Self:
        """Send the settings and `query` in one message."""
        settings = self.local_settings()
        if not settings:
            return super().execute(query, params, **options)
        prefix = "".join(f"{each}; " for each in settings)
        super().execute(_joined(prefix if params is None else prefix.replace("%", "%%"), query), params, **options)
        for _setting in settings:
            self.nextset()
        self.settings_sent()
        return self

    def executemany(self, query: Any, params_seq: Iterable[Any], *, returning: bool = False) -> None:
        """Send `query` once for each of `params_seq`, as psycopg's pipeline mode allows one statement per message."""
        if returning:
            raise NotSupportedError("executemany() can't return rows behind a pooler: execute each statement.")
        for params in params_seq:
            self.execute(query, params)

    def copy(self, statement: Any, params: Any = None, **options: Any) -> Any:
        """Copy, in a transaction only, as COPY is sent in a message of its own."""
        if self.connection.pgconn.transaction_status == TransactionStatus.IDLE and self.connection.autocommit:
            raise NotSupportedError("COPY behind a pooler has to stand in a transaction.")
        self.execute("SELECT")
        return super().copy(statement, params, **options)

    def stream(self, query: Any, params: Any = None, **options: Any) -> Any:
        """Refuse: single-row mode can't be combined with several statements."""
        raise NotSupportedError("stream() doesn't work behind a pooler: use a queryset's iterator().")


def _joined(prefix: str, query: Any) -> Any:
    if isinstance(query, bytes):
        return prefix.encode() + query
    if isinstance(query, sql.Composable):
        return sql.Composed([sql.SQL(prefix), query])
    return prefix + query
