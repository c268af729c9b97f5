"""Dumps and loads a schema's tables as COPY text, which every version of PostgreSQL reads alike."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from psycopg import sql

from bandstand.backups.archives import checksum_of
from bandstand.database.connection import connection


@dataclass(frozen=True)
class StoredTable:
    """One table and its columns, without generated ones; `key` lists the columns of its primary key."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]


def tables_of(schema: str) -> list[StoredTable]:
    """Return a schema's tables, sorted by name. Source: pg_attribute, pg_index."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.relname,
                array_agg(a.attname::text ORDER BY a.attnum),
                array_agg(a.attname::text ORDER BY a.attnum) FILTER (WHERE a.attnum = ANY (i.indkey))
            FROM pg_class c
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
            LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
            WHERE c.relnamespace = %s::regnamespace AND c.relkind = 'r'
            GROUP BY c.relname ORDER BY c.relname
            """,
            [schema],
        )
        return [StoredTable(name, tuple(columns), tuple(key or columns)) for name, columns, key in cursor.fetchall()]


@contextmanager
def table_contents(schema: str, table: StoredTable) -> Iterator[tuple[IO[bytes], int]]:
    """Yield a temporary file with the table's rows as COPY text in a fixed order, and the number of rows.

    Two tables have the same text exactly when they have the same rows.
    """
    order = sql.SQL(", ").join(sql.SQL('{}::text COLLATE "C"').format(sql.Identifier(name)) for name in table.key)
    query = sql.SQL("COPY (SELECT {} FROM {} ORDER BY {}) TO STDOUT").format(
        _columns(table), sql.Identifier(schema, table.name), order
    )
    with tempfile.TemporaryFile() as content:
        with connection.cursor() as cursor:
            with cursor.copy(query) as rows:
                for row in rows:
                    content.write(row)
            count = cursor.rowcount
        content.seek(0)
        yield content, count


def table_fill(schema: str, table: StoredTable, content: IO[bytes], *, rename: tuple[str, str] | None = None) -> int:
    """Load COPY text into a table and return the number of rows.

    `rename` replaces a schema's name in the text, as file paths begin with it. No other text contains such a name.
    """
    query = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(schema, table.name), _columns(table))
    old, new = (name.encode() for name in rename) if rename else (b"", b"")
    with connection.cursor() as cursor:
        with cursor.copy(query) as rows:
            for line in content:
                rows.write(line.replace(old, new) if rename else line)
        return int(cursor.rowcount)


def tables_empty(schema: str, tables: list[StoredTable]) -> None:
    """Delete the rows that the template puts into a new schema."""
    names = sql.SQL(", ").join(sql.Identifier(schema, table.name) for table in tables)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("TRUNCATE {}").format(names))


def triggers_switch(schema: str, tables: list[StoredTable], *, on: bool) -> None:
    """Disable our triggers while rows that they produced are loaded, or enable them. Foreign keys stay checked."""
    connection.check_constraints()  # a table whose rows are still to be checked can't be altered
    word = sql.SQL("ENABLE" if on else "DISABLE")
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(sql.SQL("ALTER TABLE {} {} TRIGGER USER").format(sql.Identifier(schema, table.name), word))


def sequences_of(schema: str, *, without: Sequence[str] = ()) -> dict[str, int | None]:
    """Return each sequence's last value, except those of the tables `without`; None for an unused sequence.

    Source: pg_sequences; pg_depend for the owning table.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT s.sequencename, s.last_value
            FROM pg_sequences s
            JOIN pg_class c ON c.relname = s.sequencename AND c.relnamespace = s.schemaname::regnamespace
            LEFT JOIN pg_depend d ON d.objid = c.oid AND d.deptype IN ('a', 'i') AND d.refclassid = 'pg_class'::regclass
            LEFT JOIN pg_class t ON t.oid = d.refobjid
            WHERE s.schemaname = %s AND coalesce(t.relname <> ALL (%s::name[]), true)
            ORDER BY s.sequencename
            """,
            [schema, list(without)],
        )
        return dict(cursor.fetchall())


def sequences_set(schema: str, values: dict[str, int | None]) -> None:
    """Set each sequence to its saved value."""
    with connection.cursor() as cursor:
        for name, value in values.items():
            where = sql.Identifier(schema, name).as_string(None)
            cursor.execute("SELECT setval(%s, %s, %s)", [where, value or 1, value is not None])


def tables_like(schema: str, tables: list[StoredTable], *, like: str) -> None:
    """Create empty tables in `schema` like those in `like`, without foreign keys and triggers."""
    with connection.cursor() as cursor:
        for table in tables:
            names = (sql.Identifier(schema, table.name), sql.Identifier(like, table.name))
            cursor.execute(sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL)").format(*names))


def foreign_keys_like(schema: str, tables: list[StoredTable], *, like: str) -> None:
    """Give the tables in `schema` the foreign keys of those in `like`; fails if a referenced row is missing."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.relname, k.conname, pg_get_constraintdef(k.oid), r.relname
            FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class r ON r.oid = k.confrelid
            WHERE k.contype = 'f' AND c.relnamespace = %s::regnamespace AND c.relname = ANY (%s)
            """,
            [like, [table.name for table in tables]],
        )
        for table, name, definition, target in cursor.fetchall():
            there = re.compile(rf'REFERENCES (?:"?{re.escape(like)}"?\.)?"?{re.escape(target)}"?\(')
            here = sql.Identifier(schema, target).as_string(None)
            cursor.execute(
                sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}").format(
                    sql.Identifier(schema, table),
                    sql.Identifier(name),
                    sql.SQL(there.sub(f"REFERENCES {here}(", definition)),
                )
            )


def fingerprint(schema: str, table: StoredTable) -> tuple[int, str]:
    """Return the number of rows and the checksum of a table."""
    with table_contents(schema, table) as (content, count):
        return count, checksum_of(content)


def steady_texts() -> None:
    """Make values print the same on every server, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL IntervalStyle = 'postgres'; SET LOCAL TimeZone = 'UTC'; "
            "SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 1"
        )


def _columns(table: StoredTable) -> sql.Composable:
    return sql.SQL(", ").join(map(sql.Identifier, table.columns))
