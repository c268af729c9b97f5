"""Replays in many schemas what Django's migrations did in one.

Django migrates the first schema of a group, and the statements of its schema editor are recorded. They don't name the
schema, so they do the same wherever `search_path` points; each other schema gets them in one message.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Self, TypeVar

import psycopg
from django.db import OperationalError
from django.db.migrations import AddField, AlterField, RenameModel, RunPython, SeparateDatabaseAndState
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from psycopg import errors, sql

from bandstand.database.connection import connection
from bandstand.database.drawn_defaults import is_drawn
from bandstand.database.statements import END_OF_MIGRATION, messages
from bandstand.tenancy.states import Migrations, TenantSchema
from bandstand.tenancy.template import TEMPLATE_SCHEMA, schema_mark

LOCK_TIMEOUT = "2s"  # the longest that visitors may be blocked behind a migration that waits for a lock
_ATTEMPTS = 6
# All tables are locked within less than PostgreSQL's `deadlock_timeout` (1 s by default), after which it would end the
# page of a visitor who has read one of them and waits for another.
_TAKING_LOCKS = "800ms"
_ATTEMPTS_AT_LOCKS = 12
_LOCKED = re.compile(r'\b(?:TABLE|INDEX|ON|REFERENCES)\s+(?:IF\s+EXISTS\s+|ONLY\s+)*"?([a-z_0-9]+)"?', re.IGNORECASE)
_BUSY = (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure)
_PLAIN_OPERATIONS = ("django.db.migrations.operations.", "django.contrib.postgres.")

# Django's post-migrate data, copied from the template: content types, permissions, roles and role permissions.
_ACCESS = f"""
INSERT INTO django_content_type (app_label, model)
    SELECT app_label, model FROM {TEMPLATE_SCHEMA}.django_content_type ON CONFLICT DO NOTHING;
INSERT INTO auth_permission (name, codename, content_type_id)
    SELECT p.name, p.codename, own.id
    FROM {TEMPLATE_SCHEMA}.auth_permission p
    JOIN {TEMPLATE_SCHEMA}.django_content_type c ON c.id = p.content_type_id
    JOIN django_content_type own ON own.app_label = c.app_label AND own.model = c.model
    ON CONFLICT DO NOTHING;
INSERT INTO auth_group (name) SELECT name FROM {TEMPLATE_SCHEMA}.auth_group ON CONFLICT DO NOTHING;
CREATE TEMPORARY TABLE wanted_access ON COMMIT DROP AS
    SELECT g.id AS group_id, p.id AS permission_id
    FROM {TEMPLATE_SCHEMA}.auth_group_permissions tgp
    JOIN {TEMPLATE_SCHEMA}.auth_group tg ON tg.id = tgp.group_id
    JOIN {TEMPLATE_SCHEMA}.auth_permission tp ON tp.id = tgp.permission_id
    JOIN {TEMPLATE_SCHEMA}.django_content_type tc ON tc.id = tp.content_type_id
    JOIN auth_group g ON g.name = tg.name
    JOIN django_content_type c ON c.app_label = tc.app_label AND c.model = tc.model
    JOIN auth_permission p ON p.content_type_id = c.id AND p.codename = tp.codename;
DELETE FROM auth_group_permissions gp USING auth_group g
    WHERE g.id = gp.group_id AND g.name IN (SELECT name FROM {TEMPLATE_SCHEMA}.auth_group)
    AND (gp.group_id, gp.permission_id) NOT IN (SELECT group_id, permission_id FROM wanted_access);
INSERT INTO auth_group_permissions (group_id, permission_id)
    SELECT group_id, permission_id FROM wanted_access ON CONFLICT DO NOTHING;
"""  # noqa: S608 # made of constants and quoted names

T = TypeVar("T")


def can_replay(missing: Migrations) -> bool:
    """Whether these migrations only change schemas: no Python code, nothing that can't run in a transaction."""
    graph = MigrationLoader(None).graph
    return all(
        graph.nodes[key].atomic and all(_is_plain(operation) for operation in graph.nodes[key].operations)
        for key in missing
    )


def _is_plain(operation: Operation) -> bool:
    if isinstance(operation, SeparateDatabaseAndState):
        return all(_is_plain(each) for each in operation.database_operations)
    # For a renamed model Django also renames the content type, in Python; drawn defaults differ from row to row.
    if isinstance(operation, RunPython | RenameModel):
        return False
    if isinstance(operation, AddField | AlterField) and is_drawn(operation.field):
        return False
    return type(operation).__module__.startswith(_PLAIN_OPERATIONS)


@contextmanager
def recorded() -> Iterator[list[str]]:
    """Record the statements of schema editors on the default connection."""
    statements: list[str] = []
    editor = connection.SchemaEditorClass

    class Recorder(editor):  # type: ignore[misc,valid-type]
        def execute(self, sql: Any, params: Any = ()) -> None:
            super().execute(sql, params)
            text = str(sql) if params is None else str(sql) % tuple(map(self.quote_value, params))
            statements.append(text.rstrip().removesuffix(";") + ";")

        def __enter__(self) -> Self:
            self._began = len(statements)
            return super().__enter__()  # type: ignore[no-any-return]

        def __exit__(self, *details: object) -> None:
            try:
                super().__exit__(*details)
            except BaseException:
                del statements[self._began :]
                raise
            if details[0] is not None:  # rolled back, and perhaps about to be tried again
                del statements[self._began :]
                return
            statements.append(END_OF_MIGRATION)

    connection.SchemaEditorClass = Recorder
    try:
        yield statements
    finally:
        connection.SchemaEditorClass = editor


def replay_text(statements: list[str], added: Migrations) -> str:
    """Return the SQL that migrates another schema of the group, except for the statements that name the schema."""
    rows = sql.SQL(", ").join(
        sql.SQL("({}, {}, now())").format(sql.Literal(app), sql.Literal(name)) for app, name in sorted(added)
    )
    history = sql.SQL("INSERT INTO django_migrations (app, name, applied) VALUES {};").format(rows).as_string()
    return "\n".join([*statements, *([history] if added else [])])


def replay_everywhere(
    schemas: list[TenantSchema],
    text: str,
    *,
    access: bool,
    jobs: int,
    done: Callable[[TenantSchema, Exception | None], None],
) -> None:
    """Replay `text` in each schema, in a transaction each, on `jobs` connections; call `done` with each result.

    With `access` the schemas also get the template's roles and permissions, and the comment that marks them.
    """
    then = f"{_ACCESS}COMMENT ON SCHEMA {{schema}} IS '{schema_mark()}';" if access else ""
    waiting: SimpleQueue[TenantSchema] = SimpleQueue()
    for schema in schemas:
        waiting.put(schema)
    parameters = connection.get_connection_params()
    script = Script.of(text)

    def work() -> None:
        with psycopg.connect(**{**parameters, "autocommit": True, "options": None}) as server:
            while True:
                try:
                    schema = waiting.get_nowait()
                except Empty:
                    return
                try:
                    replay_in(server, schema, script, then)
                except psycopg.Error as error:
                    done(schema, error)
                    if server.closed:
                        raise
                else:
                    done(schema, None)

    with ThreadPoolExecutor(max(1, min(jobs, len(schemas)))) as pool:
        for future in [pool.submit(work) for _job in range(max(1, min(jobs, len(schemas))))]:
            future.result()


@dataclass(frozen=True)
class Script:
    """The SQL that is replayed in many schemas, read once: its messages, and what may name tables or indexes."""

    messages: tuple[str, ...]
    names: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Self:
        """Return the script of `text`."""
        return cls(tuple(messages(text)), tuple(sorted(set(_LOCKED.findall(text)))))


def replay_in(server: psycopg.Connection[Any], schema: TenantSchema, script: Script, then: str = "") -> None:
    """Replay `script` in one schema, and after it `then` as the role that migrates; wholly or not at all.

    Raises psycopg.Error, after several attempts where others hold locks.
    """
    retrying(lambda: _replay(server, schema, script, then), attempts=_ATTEMPTS_AT_LOCKS)


def _replay(server: psycopg.Connection[Any], schema: TenantSchema, script: Script, then: str) -> None:
    before = (
        f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'; SET LOCAL search_path = {schema.name}, public;\n"
        f"SET LOCAL ROLE {schema.owner};\n"
    )
    # The template's rows are read as the migrating role, as a tenant's own role may not read them.
    after = f"\nSET LOCAL ROLE NONE;\n{then.format(schema=schema.name)}"
    # Without parameters the text is sent as is, so that many statements fit into one message where that is allowed.
    is_one = len(script.messages) == 1
    sent = [script.messages[0] + after] if is_one else [*script.messages, after]
    with server.transaction():
        server.execute(before)
        if is_one:  # a cluster's nodes have clocks and locks of their own
            _lock(server, schema, script.names)
        for text in sent:
            server.execute(text)


def _lock(server: psycopg.Connection[Any], schema: TenantSchema, names: tuple[str, ...]) -> None:
    """Lock those of the tables that are there, at once or not at all. Raises LockNotAvailable.

    Also tables that lose an index.
    """
    found = server.execute(
        "SELECT DISTINCT locked.relname FROM pg_class named LEFT JOIN pg_index ON indexrelid = named.oid"
        " JOIN pg_class locked ON locked.oid = coalesce(indrelid, named.oid)"
        " WHERE named.relnamespace = %s::regnamespace AND named.relname = ANY(%s) AND locked.relkind = 'r'"
        " ORDER BY locked.relname",
        [schema.name, list(names)],
    ).fetchall()
    if not found:
        return
    tables = sql.SQL(", ").join(sql.Identifier(schema.name, name) for (name,) in found)
    try:
        server.execute(
            sql.SQL(
                "SET LOCAL statement_timeout = {}; LOCK TABLE {} IN ACCESS EXCLUSIVE MODE;"
                " SET LOCAL statement_timeout TO DEFAULT"
            ).format(sql.Literal(_TAKING_LOCKS), tables)
        )
    except errors.QueryCanceled as error:
        raise errors.LockNotAvailable("not all tables could be locked at once") from error


def retrying(function: Callable[[], T], *, attempts: int = _ATTEMPTS) -> T:
    """Call `function` and return its result, retrying with growing pauses while another session holds a lock."""
    for attempt in range(1, attempts):
        try:
            return function()
        except (*_BUSY, OperationalError) as error:
            if not isinstance(error, _BUSY) and not isinstance(error.__cause__, _BUSY):
                raise
            time.sleep(random.uniform(0.1, 0.4) * min(attempt, 6))  # noqa: S311 # apart from each other, not secret
    return function()
