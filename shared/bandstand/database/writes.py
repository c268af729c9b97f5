"""Which tenants' schemas a connection has written to and not committed yet.

Signals miss what `bulk_create()`, `update()`, `delete()` on a queryset and plain SQL do, so the statements themselves
are looked at. Whatever isn't plainly a read counts as a write: making a page again costs little, a stale one is wrong.
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
    """Watches the statements of one connection; stands among its execute wrappers for good.

    Source: Django, "Database instrumentation".
    """

    def __init__(self, connection: DatabaseWrapper) -> None:
        self._connection = connection
        self.schemas: set[str] = set()

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        if type(sql) is str and sql.startswith("SELECT") and ";" not in sql:  # nearly all there is
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
        """Announce what was written, around the commit."""
        written, self.schemas = self.schemas, set()
        if not written:
            yield
            return
        with content_version.changing(written):
            yield

    def forget(self) -> None:
        """Forget what was rolled back."""
        self.schemas = set()

    def _text(self, sql: Any) -> str:
        if isinstance(sql, composing.Composable):
            return sql.as_string(self._connection.connection)
        return sql.decode() if isinstance(sql, bytes) else str(sql)


def schemas_written(sql: str, current: str) -> set[str]:
    """Return the tenants' schemas that a statement may write to, which visitors' pages depend on."""
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
