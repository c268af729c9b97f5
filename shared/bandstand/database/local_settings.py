"""Settings that reach PostgreSQL in front of a statement, in the same message: for connections without a session.

Behind a pooler in transaction mode the next transaction may run on another server connection, and what one client SETs
another one meets. So every transaction says for itself what it needs, by SET LOCAL. A message of several statements
is one transaction to PostgreSQL, and one unit to the pooler; so a statement outside of a transaction is alone in its
own one, and nothing costs a further round trip.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Self

from psycopg import ClientCursor, NotSupportedError, sql
from psycopg.pq import TransactionStatus


class LocalSettingsCursor(ClientCursor[Any]):
    """A cursor that binds parameters here, as Django's do, and sends `local_settings()` before each statement."""

    def local_settings(self) -> Sequence[str]:
        """Return the statements that have to come first; called once per statement."""
        return ()

    def settings_sent(self) -> None:
        """Take note that PostgreSQL took them; not called when the statement failed."""

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
        """Send `query` once for each of `params_seq`: psycopg's pipeline takes one statement at a time."""
        if returning:
            raise NotSupportedError("executemany() can't return rows behind a pooler: execute each statement.")
        for params in params_seq:
            self.execute(query, params)

    def copy(self, statement: Any, params: Any = None, **options: Any) -> Any:
        """Copy, in a transaction only: COPY is a message of its own."""
        if self.connection.pgconn.transaction_status == TransactionStatus.IDLE and self.connection.autocommit:
            raise NotSupportedError("COPY behind a pooler has to stand in a transaction.")
        self.execute("SELECT")
        return super().copy(statement, params, **options)

    def stream(self, query: Any, params: Any = None, **options: Any) -> Any:
        """Refuse: rows would come one by one and the settings with them."""
        raise NotSupportedError("stream() doesn't work behind a pooler: use a queryset's iterator().")


def _joined(prefix: str, query: Any) -> Any:
    if isinstance(query, bytes):
        return prefix.encode() + query
    if isinstance(query, sql.Composable):
        return sql.Composed([sql.SQL(prefix), query])
    return prefix + query
