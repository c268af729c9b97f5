"""Puts database and files back as they stood when the session began, whatever a module's tests left.

Most tests roll back, but files stay. Those with real servers, threads or connections of their own commit as well. What
is left, if only a line in a log, would be counted by whatever module comes next.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from bandstand.organizations.models import SCHEMA_PREFIX

# Portals' tables belong to the runtime role, of which the owner is a member; extensions' tables to others.
_TABLES = """
    SELECT schemaname, tablename FROM pg_tables
    WHERE pg_has_role(tableowner, 'MEMBER') AND (schemaname = 'public' OR starts_with(schemaname, %s))
    ORDER BY schemaname, tablename
"""
Table = tuple[str, str]


@dataclass(frozen=True)
class Rows:
    """What a table holds: as COPY writes it, and a sum over the rows that tells whether it still does."""

    content: bytes
    digest: str


class Baseline:
    """The rows of all schemas and the files of all portals at one moment."""

    def __init__(self) -> None:
        self._url = os.environ["MIGRATION_DATABASE_URL"]
        self._media = Path(os.environ["BANDSTAND_MEDIA"])
        self._files = _files_in(self._media)
        # Kept from module to module: a new one would read the descriptions of all tables first, which takes longest.
        self._kept: psycopg.Connection | None = None
        database = self._database()
        with database.transaction():
            digests = _digests(database)
            self._rows = {table: Rows(_content(database, table), digest) for table, digest in digests.items()}

    def put_back(self) -> None:
        """Remove schemas and files that have come since, and give every table that has changed its rows back."""
        for path in _files_in(self._media) - self._files:
            path.unlink(missing_ok=True)
        try:
            self._put_rows_back()
        except psycopg.OperationalError:  # a test has ended all connections, or the server
            self._kept = None
            self._put_rows_back()

    def close(self) -> None:
        """End the connection."""
        if self._kept is not None:
            self._kept.close()

    def _database(self) -> psycopg.Connection:
        if self._kept is None or self._kept.closed:
            self._kept = psycopg.connect(self._url, options="-c lock_timeout=20s", autocommit=True)
        return self._kept

    def _put_rows_back(self) -> None:
        database = self._database()
        with database.transaction():
            found = _digests(database)
            for schema in {schema for schema, _name in found.keys() - self._rows.keys()} - {"public"}:
                database.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema)))
            changed = [table for table, rows in self._rows.items() if found.get(table) != rows.digest]
            if changed:
                self._fill(database, changed)

    def _fill(self, database: psycopg.Connection, tables: list[Table]) -> None:
        for table in tables:
            _run(database, "ALTER TABLE {} DISABLE TRIGGER USER", table)
        database.execute("SET CONSTRAINTS ALL DEFERRED")
        for table in tables:
            _run(database, "DELETE FROM {}", table)
        for table in tables:
            with database.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(*table))) as copy:
                copy.write(self._rows[table].content)
        database.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            _run(database, "ALTER TABLE {} ENABLE TRIGGER USER", table)


def _files_in(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def _digests(database: psycopg.Connection) -> dict[Table, str]:
    tables = database.execute(_TABLES, [SCHEMA_PREFIX]).fetchall()
    sums = [
        sql.SQL("SELECT {}, {}, concat(count(*), ':', sum(hashtextextended(rows::text, 0))) FROM {} AS rows").format(
            *table, sql.Identifier(*table)
        )
        for table in tables
    ]
    found = database.execute(sql.SQL(" UNION ALL ").join(sums), prepare=True).fetchall()
    return {(schema, name): digest for schema, name, digest in found}


def _content(database: psycopg.Connection, table: Table) -> bytes:
    with database.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(*table))) as copy:
        return b"".join(bytes(block) for block in copy)


def _run(database: psycopg.Connection, statement: str, table: Table) -> None:
    database.execute(sql.SQL(statement).format(sql.Identifier(*table)))
