"""Tracks what a connection has written of tenants' contents and not committed yet, as scopes: see content_version.

Signals miss `bulk_create()`, queryset `update()` and `delete()`, and raw SQL, so the statements themselves are
inspected. Anything that isn't clearly a read counts as a write: rendering a page again is cheap, a stale one is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.db.transaction import atomic
from psycopg import sql as composing

from bandstand.database.content_version import NOTES, VersionChange, scope
from bandstand.database.shown_tables import WHOLE, parts_by_table

if TYPE_CHECKING:
    from bandstand.database.base import DatabaseWrapper

_FIRST_WORD = re.compile(r"[\s(]*(?:(?:--[^\n]*\n|/\*.*?\*/)\s*)*(\w+)", re.DOTALL)
_READS = frozenset(
    (
        *("SELECT", "WITH", "SHOW", "SET", "RESET", "EXPLAIN", "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE"),
        *("DECLARE", "FETCH", "CLOSE", "LISTEN", "UNLISTEN", "LOCK", "TABLE", "VALUES", "ANALYZE", "VACUUM", "DISCARD"),
    )
)
_WRITING_WORD = re.compile(r"\b(INSERT|UPDATE|DELETE|MERGE)\b", re.IGNORECASE)
_TABLE = re.compile(r'\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+(?:"?public"?\.)?"?(\w+)"?(?![\w".])', re.IGNORECASE)
_QUALIFIED = re.compile(r'\b(org_[a-z0-9]+)"?\.')
# What PostgreSQL refuses in a transaction, and changes no contents.
_ALONE = re.compile(r"\b(CONCURRENTLY|VACUUM|SYSTEM|(CREATE|DROP|ALTER)\s+(DATABASE|TABLESPACE))\b", re.IGNORECASE)
_NOTE = f"INSERT INTO {NOTES} (scope) SELECT unnest(%s::text[])"  # our own name
PUBLIC = "public"


class UncommittedWrites:
    """A permanent execute wrapper that watches the statements of one connection.

    Source: Django, "Database instrumentation".
    """

    def __init__(self, connection: DatabaseWrapper) -> None:
        self._connection = connection
        self.scopes: set[str] = set()

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        if type(sql) is str and sql.startswith("SELECT") and ";" not in sql:  # the fast path for nearly all statements
            return execute(sql, params, many, context)
        written = scopes_written(self._text(sql), self._connection.schema_name)
        if not written:
            return execute(sql, params, many, context)
        if self._is_in_transaction:
            self.scopes |= written
            return execute(sql, params, many, context)
        if not _ALONE.search(self._text(sql)):
            # A writer registers when its transaction has a number, at the commit.
            with atomic(using=self._connection.alias):
                self.scopes |= written
                return execute(sql, params, many, context)
        return execute(sql, params, many, context)

    @contextmanager
    def committing(self) -> Iterator[None]:
        """Change the versions of the written scopes around the commit."""
        written, self.scopes = self.scopes, set()
        if not written:
            yield
            return
        change = VersionChange(written)
        if not change.begin():
            self._leave_note(written)
        try:
            yield
        finally:
            change.end()

    def count_in(self, schema: str) -> None:
        """Change the version of a tenant's schema with this transaction: its pages show what is written elsewhere.

        Outside of a transaction, what was written before, by COPY say, is announced.
        """
        self.scopes.add(schema)
        if not self._is_in_transaction:
            with self.committing():
                pass  # it is committed

    @property
    def _is_in_transaction(self) -> bool:
        return self._connection.in_atomic_block or not self._connection.get_autocommit()

    def _leave_note(self, scopes: Collection[str]) -> None:
        """Let the dispatcher announce the change. Each note is a row of its own, so that nobody waits for another."""
        with self._connection.cursor() as cursor:
            cursor.execute(_NOTE, [list(scopes)])

    def forget(self) -> None:
        """Discard the writes that were rolled back."""
        self.scopes = set()

    def _text(self, sql: Any) -> str:
        if isinstance(sql, composing.Composable):
            return sql.as_string(self._connection.connection)
        return sql.decode() if isinstance(sql, bytes) else str(sql)


def scopes_written(sql: str, current: str) -> set[str]:
    """Return the scopes of tenants' contents in which a statement may change visitors' pages."""
    if not _may_write(sql):
        return set()
    written = set(_QUALIFIED.findall(sql))
    if current != PUBLIC:
        table = None if ";" in sql else _TABLE.match(sql)
        part = parts_by_table().get(table[1], WHOLE) if table else WHOLE
        if part is not None:
            written.add(scope(current, part))
    return written


def _may_write(sql: str) -> bool:
    first = _FIRST_WORD.match(sql)
    word = first[1].upper() if first else ""
    if word not in _READS or ";" in sql.rstrip().rstrip(";"):
        return True
    return word in {"WITH", "EXPLAIN"} and _WRITING_WORD.search(sql) is not None
