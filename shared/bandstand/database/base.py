"""Database backend (Django looks for `base.DatabaseWrapper` in the package that ENGINE names).

django-tenants sends `SET search_path` at least once per request and clears the content-type cache each time. Here the
path that a server connection is on is remembered on that connection, also while it waits in the pool: a process that
serves one busy portal sets the path once per connection. Content types are cached per schema instead of cleared.
"""

from __future__ import annotations

from typing import Any

from django_tenants.postgresql_backend import base
from psycopg.pq import TransactionStatus

from bandstand.database.writes import UncommittedWrites

PATH_MARK = "bandstand_search_path"


class DatabaseWrapper(base.DatabaseWrapper):  # type: ignore[misc]
    """PostgreSQL with a search path per tenant."""

    schema_name: str

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.writes = UncommittedWrites(self)
        self.execute_wrappers.append(self.writes)

    def commit(self) -> None:
        """Commit, and make what is cached of the schemas written to stale."""
        with self.writes.committing():
            super().commit()

    def set_tenant(self, tenant: Any, include_public: bool = True) -> None:
        """Make `tenant` current; the server hears of it with the next query, if it has to hear at all."""
        self.tenant = tenant
        self.schema_name = tenant.schema_name
        self.include_public_schema = include_public
        self.set_settings_schema(self.schema_name)
        self.search_path_set_schemas = None

    def forget_search_path(self) -> None:
        """Call this after changing `search_path` on the connection by other means."""
        self.search_path_set_schemas = None
        if self.connection is not None:
            setattr(self.connection, PATH_MARK, None)

    def close(self) -> None:
        """Close, or give the server connection back to the pool."""
        # The pool rolls an open transaction back, and a SET inside it with it.
        if self.connection is not None and self.connection.info.transaction_status != TransactionStatus.IDLE:
            self.forget_search_path()
        self.writes.forget()
        super().close()

    def rollback(self) -> None:
        """Roll back; PostgreSQL reverts a SET of the same transaction."""
        self.forget_search_path()
        self.writes.forget()
        super().rollback()

    def savepoint_rollback(self, sid: str) -> None:
        """Roll back to a savepoint; PostgreSQL reverts a SET made after it."""
        try:
            super().savepoint_rollback(sid)
        finally:
            self.forget_search_path()

    def _handle_search_path(self, cursor: Any = None) -> None:
        if self._setting_search_path or self.search_path_set_schemas:
            return
        wanted = self._get_cursor_search_paths()
        if getattr(self.connection, PATH_MARK, None) == wanted:
            self.search_path_set_schemas = wanted
            return
        super()._handle_search_path(cursor)
        setattr(self.connection, PATH_MARK, self.search_path_set_schemas)
