"""Database backend (Django looks for `base.DatabaseWrapper` in the package that ENGINE names).

django-tenants sends `SET search_path` at least once per request and clears the content-type cache each time. Here the
current path of a server connection is remembered on that connection, also while it is in the pool: a process that
serves one busy portal sets the path once per connection. Content types are cached per schema instead of cleared.

A server that refuses writes has turned read-only, and its address may lead to another one by now: this process's
connections to it are closed. Connecting isn't waited for where it has just failed.

Behind a pooler in transaction mode there is no session. `DATABASES["default"]["LOCAL_SETTINGS"]` declares that: then
each transaction sends its path, and these settings, by SET LOCAL together with its first statement.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Lock
from time import monotonic
from types import TracebackType
from typing import Any, ClassVar

import psycopg
from django.db.utils import DatabaseErrorWrapper
from django.utils.functional import cached_property
from django_tenants.postgresql_backend import base
from django_tenants.utils import quote_schema_name
from psycopg import errors
from psycopg.pq import TransactionStatus
from psycopg_pool import PoolTimeout

from bandstand import tracing
from bandstand.database.changers import tell_changer
from bandstand.database.clean_values import clean_values
from bandstand.database.connecting import Connection
from bandstand.database.local_settings import LocalSettingsCursor
from bandstand.database.statements import SchemaEditor
from bandstand.database.writes import UncommittedWrites

_FRESH = 1.0  # seconds for which a failed attempt to connect is taken for an answer
_BETWEEN_DRAINS = 1.0  # seconds; a database that is read-only on purpose costs no more than that
PATH_MARK = "bandstand_search_path"  # the path of the session, or of the transaction if there is no session


class SessionlessCursor(LocalSettingsCursor):
    """A cursor whose statements run with the search path of its wrapper."""

    wrapper: DatabaseWrapper | None = None

    def local_settings(self) -> Sequence[str]:
        """Return the settings that the current or new transaction still lacks."""
        return self.wrapper.local_statements() if self.wrapper else ()

    def settings_sent(self) -> None:
        if self.wrapper:
            self.wrapper.local_statements_sent()


class WatchfulErrors(DatabaseErrorWrapper):
    """Django's translation of errors, which also notices that the server refuses writes."""

    wrapper: DatabaseWrapper

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, place: TracebackType | None
    ) -> None:
        if kind is not None:
            if issubclass(kind, errors.ReadOnlySqlTransaction):
                self.wrapper.leave_server()
            elif issubclass(kind, errors.DiskFull):
                self.wrapper.was_full.add(self.wrapper.alias)
        super().__exit__(kind, problem, place)


class DatabaseWrapper(base.DatabaseWrapper):  # type: ignore[misc]
    """Django's PostgreSQL backend with a search path per tenant."""

    SchemaEditorClass = SchemaEditor

    schema_name: str
    was_full: ClassVar[set[str]] = set()  # the databases that had no space for a statement of this process
    # By database: how many threads of this process wait for a connection, and how often one was given none in time.
    # The pool counts each attempt as a wait of its own, and goes on counting those that ended.
    waiting: ClassVar[Counter[str]] = Counter()
    timeouts: ClassVar[Counter[str]] = Counter()
    _counting: ClassVar[Lock] = Lock()
    _left_at: ClassVar[dict[str, float]] = {}
    _set_path = ""  # the cached statement that sets the current schema's path

    @property
    def has_session(self) -> bool:
        """Whether the server connection stays ours between transactions."""
        return self.settings_dict.get("LOCAL_SETTINGS") is None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.writes = UncommittedWrites(self)
        self.execute_wrappers += [self.writes, clean_values]
        if tracing.is_on():
            self.execute_wrappers.append(tracing.trace_statement)
        self.execute_wrappers.append(tell_changer)  # the last, so that the others see the statement alone

    @cached_property
    def wrap_database_errors(self) -> WatchfulErrors:
        """Return what translates the driver's errors."""
        return WatchfulErrors(self)

    def get_new_connection(self, conn_params: Mapping[str, Any]) -> psycopg.Connection[Any]:
        """Return a connection of the pool, waiting up to DATABASES["PATIENCE"] seconds while all of them are in use.

        If the server has just refused one, don't wait. Raises psycopg.OperationalError.
        """
        began = monotonic()
        try:
            return super().get_new_connection(conn_params)  # type: ignore[no-any-return]
        except PoolTimeout as timeout:
            with self._waiting():
                return self._connection_in_time(conn_params, began, timeout)

    def _connection_in_time(
        self, conn_params: Mapping[str, Any], began: float, timeout: PoolTimeout
    ) -> psycopg.Connection[Any]:
        while True:
            failure = Connection.last_failure(conn_params)
            if failure is not None and failure.at > began - _FRESH:
                raise psycopg.OperationalError(failure.reason) from None
            if monotonic() - began >= self.settings_dict.get("PATIENCE", 0):
                with self._counting:
                    self.timeouts[self.alias] += 1
                raise timeout
            try:
                return super().get_new_connection(conn_params)  # type: ignore[no-any-return]
            except PoolTimeout as another:
                timeout = another

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        with self._counting:
            self.waiting[self.alias] += 1
        try:
            yield
        finally:
            with self._counting:
                self.waiting[self.alias] -= 1

    def leave_server(self, *, at_once: bool = False) -> None:
        """Close the process's connections, those in use when they are returned; at most once a second or `at_once`."""
        now = monotonic()
        if self.pool and (at_once or now - self._left_at.get(self.alias, float("-inf")) > _BETWEEN_DRAINS):
            self._left_at[self.alias] = now
            self.pool.drain()

    def discard(self) -> None:
        """Close the server connection instead of returning it to the pool, with the locks that its session holds."""
        if self.connection is not None:
            self.connection.close()
        self.close()

    def commit(self) -> None:
        """Commit, and invalidate the cached pages of the schemas that were written to."""
        with self.writes.committing():
            super().commit()

    def set_tenant(self, tenant: Any, include_public: bool = True) -> None:
        """Make `tenant` current; the search path is set with the next query, if it differs."""
        self.tenant = tenant
        self.schema_name = tenant.schema_name
        self.include_public_schema = include_public
        self.set_settings_schema(self.schema_name)
        self.search_path_set_schemas = None
        self._set_path = ""

    def forget_search_path(self) -> None:
        """Call this after changing `search_path` on the connection by other means."""
        self.search_path_set_schemas = None
        if self.connection is not None:
            setattr(self.connection, PATH_MARK, None)

    def close(self) -> None:
        # The pool rolls back an open transaction, including a SET inside it.
        if self.connection is not None and self.connection.info.transaction_status != TransactionStatus.IDLE:
            self.forget_search_path()
        self.writes.forget()
        super().close()

    def rollback(self) -> None:
        """Roll back, which also reverts a SET of the same transaction."""
        self.forget_search_path()
        self.writes.forget()
        super().rollback()

    def savepoint_rollback(self, sid: str) -> None:
        """Roll back to a savepoint, which also reverts a SET made after it."""
        try:
            super().savepoint_rollback(sid)
        finally:
            self.forget_search_path()

    def get_connection_params(self) -> dict[str, Any]:
        parameters: dict[str, Any] = super().get_connection_params()
        if not self.has_session:
            parameters["cursor_factory"] = SessionlessCursor
        return parameters

    def create_cursor(self, name: str | None = None) -> Any:
        cursor = super().create_cursor(name)
        if isinstance(cursor, SessionlessCursor):
            cursor.wrapper = self
        return cursor

    def chunked_cursor(self) -> Any:
        """Return a server-side cursor, or a client-side one where there is neither a session nor a transaction."""
        return super().chunked_cursor() if self.has_session or self.in_atomic_block else self.cursor()

    def local_statements(self) -> Sequence[str]:
        """Return the SET LOCAL statements to send before the next statement."""
        status = self.connection.pgconn.transaction_status
        if status == TransactionStatus.INERROR:
            return ()  # PostgreSQL accepts nothing but a rollback now
        if status == TransactionStatus.IDLE:
            setattr(self.connection, PATH_MARK, None)
        known = getattr(self.connection, PATH_MARK, None)
        wanted = self._path_statement()
        if known == wanted:
            return ()
        return (wanted,) if known else (*self.settings_dict["LOCAL_SETTINGS"], wanted)

    def local_statements_sent(self) -> None:
        """Remember that the current transaction has its path. In autocommit mode a statement is its own transaction."""
        setattr(self.connection, PATH_MARK, None if self.connection.autocommit else self._path_statement())

    def _path_statement(self) -> str:
        if not self._set_path:
            names = ", ".join(map(quote_schema_name, self._get_cursor_search_paths()))
            self._set_path = f"SET LOCAL search_path = {names}"
        return self._set_path

    def _handle_search_path(self, cursor: Any = None) -> None:
        if not self.has_session:
            if cursor is None:  # a server-side cursor, which can't send other statements
                with self.create_cursor() as before:
                    before.execute("SELECT")
            return
        if self._setting_search_path or self.search_path_set_schemas:
            return
        wanted = self._get_cursor_search_paths()
        if getattr(self.connection, PATH_MARK, None) == wanted:
            self.search_path_set_schemas = wanted
            return
        super()._handle_search_path(cursor)
        setattr(self.connection, PATH_MARK, self.search_path_set_schemas)
