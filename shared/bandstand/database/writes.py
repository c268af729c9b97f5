"""Tracks which tenants' schemas a connection has written to but not committed yet.

Signals miss `bulk_create()`, queryset `update()` and `delete()`, and raw SQL, so the statements themselves are
inspected. Anything that isn't clearly a read counts as a write: rendering a page again is cheap, a stale one is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.conf import settings
from psycopg import sql as composing

from bandstand.database import content_version

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
_TABLE = re.compile(r'\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+"?(\w+)"?(?![\w".])', re.IGNORECASE)
_QUALIFIED = re.compile(r'\b(org_[a-z0-9]+)"?\.')
PUBLIC = "public"


class UncommittedWrites:
    """A permanent execute wrapper that watches the statements of one connection.

    Source: Django, "Database instrumentation".
    """

    def __init__(self, connection: DatabaseWrapper) -> None:
        self._connection = connection
        self.schemas: set[str] = set()

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        if type(sql) is str and sql.startswith("SELECT") and ";" not in sql:  # the fast path for nearly all statements
            return execute(sql, params, many, context)
        written = schemas_written(self._text(sql), self._connection.schema_name)
        if not written:
            return execute(sql, params, many, context)
        if self._connection.in_atomic_block or not self._connection.get_autocommit():
            self.schemas |= written
            return execute(sql, params, many, context)
        with content_version.changing(written):
            return execute(sql, params, many, context)

    @contextmanager
    def committing(self) -> Iterator[None]:
        """Change the versions of the written schemas around the commit."""
        written, self.schemas = self.schemas, set()
        if not written:
            yield
            return
        with content_version.changing(written):
            yield

    def count_in(self, schema: str) -> None:
        """Change the version of a tenant's schema with this transaction: its pages show what is written elsewhere."""
        if self._connection.in_atomic_block or not self._connection.get_autocommit():
            self.schemas.add(schema)
        else:
            content_version.content_changed(schema)

    def forget(self) -> None:
        """Discard the writes that were rolled back."""
        self.schemas = set()

    def _text(self, sql: Any) -> str:
        if isinstance(sql, composing.Composable):
            return sql.as_string(self._connection.connection)
        return sql.decode() if isinstance(sql, bytes) else str(sql)


def schemas_written(sql: str, current: str) -> set[str]:
    """Return the tenants' schemas in which a statement may change visitors' pages."""
    if not _may_write(sql):
        return set()
    written = set(_QUALIFIED.findall(sql))
    if current != PUBLIC:
        table = _TABLE.match(sql)
        if table is None or ";" in sql or not table[1].startswith(settings.TABLES_OFF_PAGES):
            written.add(current)
    return written


def _may_write(sql: str) -> bool:
    first = _FIRST_WORD.match(sql)
    word = first[1].upper() if first else ""
    if word not in _READS or ";" in sql.rstrip().rstrip(";"):
        return True
    return word in {"WITH", "EXPLAIN"} and _WRITING_WORD.search(sql) is not None
