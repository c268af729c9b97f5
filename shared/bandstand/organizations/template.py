"""The template that new tenants are built from: SQL that one set of migrations leaves, taken once when migrating.

Running 40 migrations for each new tenant takes a second; replaying what they leave takes a twentieth of that, in one
round trip, inside the sign-up's own transaction.
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
import subprocess  # nosec B404 # commands are lists of our own
from collections.abc import Iterable

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone
from psycopg import sql
from psycopg.conninfo import make_conninfo

from bandstand.accounts import roles
from bandstand.organizations.models import SchemaTemplate

Key = tuple[str, str]  # app and name of a migration

# Unmistakable: exchanging it for a tenant's name in a dump can hit nothing else.
TEMPLATE_SCHEMA = "bandstand_template_qz7x"

_LOCK = 7_301_202_613  # any number of ours: held, shared, by whoever builds by a template
_ADDED = "\n-- added by a release"
_ADDITIONS = 10
_ACCESS_TABLES = ("django_content_type", "auth_permission", "auth_group", "auth_group_permissions")

_ACCESS_DIGEST = f"""
    SELECT md5(string_agg(line, ',' ORDER BY line)) FROM (
        SELECT app_label || '.' || model AS line FROM {TEMPLATE_SCHEMA}.django_content_type
        UNION ALL
        SELECT c.app_label || '.' || c.model || ':' || p.codename || ':' || p.name || ':' || coalesce(g.name, '')
        FROM {TEMPLATE_SCHEMA}.auth_permission p
        JOIN {TEMPLATE_SCHEMA}.django_content_type c ON c.id = p.content_type_id
        LEFT JOIN {TEMPLATE_SCHEMA}.auth_group_permissions gp ON gp.permission_id = p.id
        LEFT JOIN {TEMPLATE_SCHEMA}.auth_group g ON g.id = gp.group_id
    ) AS lines
"""  # noqa: S608 # nosec B608 # made of constants and quoted names


class TemplateMissingError(ImproperlyConfigured):
    """No template was taken for the migrations that this code has."""


@functools.cache
def migrations_digest() -> str:
    """Return what identifies a tenant's schema as this code's migrations and roles leave it; constant in a process."""
    graph = MigrationLoader(None).graph
    text = repr(sorted(graph.nodes)) + repr(roles.PERMISSIONS)
    return hashlib.sha256(text.encode()).hexdigest()


def schema_mark() -> str:
    """Return the comment that a schema bears when its roles and permissions are the template's."""
    with connection.cursor() as cursor:
        cursor.execute(_ACCESS_DIGEST)
        (digest,) = cursor.fetchone()
    return f"bandstand {digest}"


def template_refresh(applied: Iterable[Key]) -> SchemaTemplate:
    """Dump the template schema, which has the migrations `applied`, and keep it as the newest template.

    Waits for sign-ups that use the one before: whoever looks afterwards sees all that was built from it.
    """
    return _keep(schema_sql(TEMPLATE_SCHEMA), applied)


def template_extend(*, before: Iterable[Key], after: Iterable[Key], text: str) -> SchemaTemplate | None:
    """Keep the newest template with `text` after it, which took the template's schema from some migrations to others.

    That takes no time, where a dump reads the descriptions of all tenants' relations: 5 s with a thousand of them.
    Returns None, and does nothing, when the newest template isn't of those `before`, or has been added to so often that
    it should be dumped anew.
    """
    newest = SchemaTemplate.objects.order_by("-created_at").first()
    if newest is None or newest.history != _history(before) or newest.sql.count(_ADDED) >= _ADDITIONS:
        return None
    # What was sent names no schema. `search_path` ends as it was: a sign-up goes on after this.
    return _keep(
        f"{newest.sql}{_ADDED}\n"
        f"SELECT set_config('bandstand.path', current_setting('search_path'), true);\n"
        f"SET LOCAL search_path = {TEMPLATE_SCHEMA}, public;\n"
        f"{text}\n"
        f"SELECT set_config('search_path', current_setting('bandstand.path'), true);\n"
        f"{_access_rows()}"
        f"COMMENT ON SCHEMA {TEMPLATE_SCHEMA} IS '{schema_mark()}';\n",
        after,
    )


def _history(applied: Iterable[Key]) -> str:
    return hashlib.sha256(repr(sorted(applied)).encode()).hexdigest()


def _keep(text: str, applied: Iterable[Key]) -> SchemaTemplate:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        made, _created = SchemaTemplate.objects.update_or_create(
            digest=migrations_digest(),
            defaults={"sql": text, "history": _history(applied), "created_at": timezone.now()},
        )
    _statements.cache_clear()
    return made


def _access_rows() -> str:
    """Return the SQL that gives a new schema the template's content types, permissions and roles, under its ids."""
    lines = [f"DELETE FROM {TEMPLATE_SCHEMA}.{table};" for table in reversed(_ACCESS_TABLES)]  # noqa: S608 # nosec B608
    with connection.cursor() as cursor:
        for table in _ACCESS_TABLES:
            named = sql.Identifier(TEMPLATE_SCHEMA, table)
            cursor.execute(sql.SQL("SELECT * FROM {} ORDER BY id").format(named))
            names = sql.SQL(", ").join(sql.Identifier(column.name) for column in cursor.description)
            rows = sql.SQL(",\n").join(sql.SQL("({})").format(sql.SQL(", ").join(row)) for row in cursor.fetchall())
            insert = sql.SQL("INSERT INTO {} ({}) VALUES\n{};\n").format(named, names, rows)
            next_id = sql.SQL("SELECT setval(pg_get_serial_sequence({}, 'id'), max(id)) FROM {};").format(
                f"{TEMPLATE_SCHEMA}.{table}", named
            )
            lines += [(insert + next_id).as_string()]
    return "\n".join(lines) + "\n"


def schema_sql(schema: str) -> str:
    """Return the SQL that builds `schema`, with its rows and its mark; it holds for whatever name replaces this one."""
    return f"{_portable(_dump(schema))}\nCOMMENT ON SCHEMA {schema} IS '{schema_mark()}';\n"


def template_exists() -> bool:
    """Whether the template for this code's migrations was taken."""
    return SchemaTemplate.objects.filter(digest=migrations_digest()).exists()


def template_hold() -> str:
    """Return the digest of the newest template, which stays the newest until the caller's transaction ends.

    While a release goes round, old code builds by the new template too, so that no portal has to be migrated
    afterwards. Raises TemplateMissingError when `migrate` has not run since this code was installed.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_LOCK])
    digests = list(SchemaTemplate.objects.order_by("-created_at").values_list("digest", flat=True))
    if migrations_digest() not in digests:
        raise TemplateMissingError("New portals can't be built: run `manage.py migrate` first.")
    return digests[0]


def template_replay(schema_name: str, digest: str) -> None:
    """Build `schema_name` from the template `digest`, in one round trip, inside the caller's transaction."""
    text = _statements(digest).replace(TEMPLATE_SCHEMA, schema_name)
    with connection.cursor() as cursor:
        # Functions come before the tables that they speak of.
        cursor.execute("SET LOCAL check_function_bodies = off")
        # Without parameters the text goes to the server as it is: many statements in one message.
        cursor.execute(text)


def template_check() -> None:
    """Ask the database for this code's template. Raises TemplateMissingError when migrations are pending."""
    if not SchemaTemplate.objects.filter(digest=migrations_digest()).exists():
        raise TemplateMissingError("Migrations are pending: run `manage.py migrate`.")


@functools.lru_cache(maxsize=2)
def _statements(digest: str) -> str:
    return SchemaTemplate.objects.values_list("sql", flat=True).get(digest=digest)


def _dump(schema: str) -> str:
    database = connection.settings_dict
    wanted = {"host": "HOST", "port": "PORT", "user": "USER", "dbname": "NAME", "password": "PASSWORD"}  # nosec B105 # no password
    given = {name: str(database[key]) for name, key in wanted.items() if database.get(key)}
    password = given.pop("password", "")  # by the environment: arguments can be read by every process
    command = [
        settings.PG_DUMP,
        f"--schema={schema}",
        "--no-owner",
        "--no-privileges",
        "--no-comments",
        "--inserts",
        "--rows-per-insert=500",
        f"--dbname={make_conninfo(**given)}",
    ]
    # With a thousand schemas the planner's own choice for one of pg_dump's questions takes 25 seconds, this one one.
    options = f"{os.environ.get('PGOPTIONS', '')} -c enable_nestloop=off".strip()
    environment = {**os.environ, "PGPASSWORD": password, "PGOPTIONS": options}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603 # nosec B603 # a list of our own, no shell
    except FileNotFoundError:
        raise ImproperlyConfigured(
            f"{settings.PG_DUMP} was not found: install PostgreSQL's client programs or set BANDSTAND_PG_DUMP."
        ) from None
    if done.returncode:
        raise ImproperlyConfigured(f"pg_dump failed: {done.stderr.strip()}")
    return done.stdout


def _portable(dump: str) -> str:
    """Return the dump without what belongs to a session of its own: psql's commands, SETs, comments."""
    lines = [
        line
        for line in dump.splitlines()
        if line and not re.match(r"\\|--|SET |SELECT pg_catalog\.set_config\('search_path'", line)
    ]
    return "\n".join(lines)
