"""The template for new tenants: SQL that creates a schema in the state of one set of migrations, dumped by `migrate`.

Running 40 migrations for each new tenant takes a second; replaying the template takes a twentieth of that, in one
round trip, inside the sign-up's own transaction.
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
import subprocess  # noqa: S404 # commands are lists of our own
from collections.abc import Iterable

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.utils import timezone
from psycopg import sql
from psycopg.conninfo import make_conninfo

from bandstand.organizations.behind import migrations_digest
from bandstand.organizations.models import SchemaTemplate
from bandstand.tenancy.nodes import built_on_the_coordinator

Key = tuple[str, str]  # app and name of a migration

# Distinctive, so that replacing it in a dump with a tenant's name can't affect anything else.
TEMPLATE_SCHEMA = "bandstand_template_qz7x"

_LOCK = 7_301_202_613  # an arbitrary number; held in shared mode while a schema is built from a template
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
"""  # noqa: S608 # made of constants and quoted names


_COLUMN_OPTIONS = re.compile(
    rf"^ALTER TABLE ONLY {TEMPLATE_SCHEMA}\..+ ALTER COLUMN .+ SET \([a-z_]+=[^()]*\);\n", re.MULTILINE
)
_MARK = re.compile(rf"^COMMENT ON SCHEMA {TEMPLATE_SCHEMA} IS '(.*)';$", re.MULTILINE)


class TemplateMissingError(ImproperlyConfigured):
    """There is no template for this code's migrations."""


def schema_mark() -> str:
    """Return the comment that marks a schema whose roles and permissions match the template's."""
    with connection.cursor() as cursor:
        cursor.execute(_ACCESS_DIGEST)
        (digest,) = cursor.fetchone()
    return f"bandstand {digest}"


def template_refresh(applied: Iterable[Key]) -> SchemaTemplate:
    """Dump the template schema, which has the migrations `applied`, and save it as the newest template.

    Waits for sign-ups that use the previous template, so that all schemas built from it are visible afterwards.
    """
    return _keep(schema_sql(TEMPLATE_SCHEMA), applied)


def template_extend(*, before: Iterable[Key], after: Iterable[Key], text: str) -> SchemaTemplate | None:
    """Save a new template: the newest one plus `text`, the SQL that migrated the template's schema.

    This is instant, while a dump reads the catalog of all tenants' relations: 5 s with a thousand tenants. Returns
    None, without doing anything, if the newest template doesn't have exactly the migrations `before`, or has been
    extended so often that it should be dumped again.
    """
    newest = SchemaTemplate.objects.order_by("-created_at").first()
    if newest is None or newest.history != history_digest(before) or newest.sql.count(_ADDED) >= _ADDITIONS:
        return None
    # The statements don't name the schema. `search_path` is restored afterwards, as the sign-up continues.
    return _keep(
        f"{newest.sql}{_ADDED}\n"
        # Foreign keys of the rows above are checked at the end, and until then their tables can't be altered.
        "SET CONSTRAINTS ALL IMMEDIATE;\nSET CONSTRAINTS ALL DEFERRED;\n"
        f"SELECT set_config('bandstand.path', current_setting('search_path'), true);\n"
        f"SET LOCAL search_path = {TEMPLATE_SCHEMA}, public;\n"
        f"{text}\n"
        f"SELECT set_config('search_path', current_setting('bandstand.path'), true);\n"
        f"{_access_rows()}"
        f"COMMENT ON SCHEMA {TEMPLATE_SCHEMA} IS '{schema_mark()}';\n",
        after,
    )


def history_digest(applied: Iterable[Key]) -> str:
    """Return what `SchemaTemplate.history` says of a schema with the migrations `applied`."""
    return hashlib.sha256(repr(sorted(applied)).encode()).hexdigest()


def _keep(text: str, applied: Iterable[Key]) -> SchemaTemplate:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        made, _created = SchemaTemplate.objects.update_or_create(
            digest=migrations_digest(),
            defaults={"sql": text, "history": history_digest(applied), "created_at": timezone.now()},
        )
    _statements.cache_clear()
    return made


def _access_rows() -> str:
    """Return the SQL that gives a new schema the template's content types, permissions and roles, with the same ids."""
    lines = [f"DELETE FROM {TEMPLATE_SCHEMA}.{table};" for table in reversed(_ACCESS_TABLES)]  # noqa: S608
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
    """Return the SQL that builds `schema` with its rows and mark. The name in it can be replaced by another."""
    return f"{_portable(_dump(schema))}\nCOMMENT ON SCHEMA {schema} IS '{schema_mark()}';\n"


def newest_template() -> SchemaTemplate:
    """Return the template from which new portals are built: after a rollback, that of newer code."""
    newest: SchemaTemplate = SchemaTemplate.objects.latest("created_at")
    return newest


def template_mark() -> str:
    """Return the comment of schemas that are built from this code's template.

    Unlike `schema_mark`, it can be read by the role of web and workers.
    """
    return mark_in(SchemaTemplate.objects.get(digest=migrations_digest()))


def mark_in(template: SchemaTemplate) -> str:
    marks = _MARK.findall(template.sql)
    return marks[-1] if marks else ""


def template_exists() -> bool:
    """Whether there is a template for this code's migrations."""
    return SchemaTemplate.objects.filter(digest=migrations_digest()).exists()


def template_hold() -> str:
    """Lock the newest template against replacement until the caller's transaction ends, and return its digest.

    During a rollout old code also builds from the new template, so that no portal has to be migrated afterwards. Raises
    TemplateMissingError if `migrate` hasn't run since this code was installed.
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
    with built_on_the_coordinator(), connection.cursor() as cursor:
        # Functions precede the tables that they refer to.
        cursor.execute("SET LOCAL check_function_bodies = off")
        # Without parameters the text is sent as is, with many statements in one message.
        cursor.execute(text)


def template_check() -> None:
    """Check that this code's template exists. Raises TemplateMissingError if migrations are pending."""
    if not SchemaTemplate.objects.filter(digest=migrations_digest()).exists():
        raise TemplateMissingError("Migrations are pending: run `manage.py migrate`.")


@functools.lru_cache(maxsize=2)
def _statements(digest: str) -> str:
    return known_everywhere(SchemaTemplate.objects.values_list("sql", flat=True).get(digest=digest))


def _dump(schema: str) -> str:
    database = connection.settings_dict
    wanted = {"host": "HOST", "port": "PORT", "user": "USER", "dbname": "NAME", "password": "PASSWORD"}
    given = {name: str(database[key]) for name, key in wanted.items() if database.get(key)}
    # pg_dump must be as sure of the server's name as everybody else before it sends the password.
    given |= {name: str(value) for name, value in database.get("OPTIONS", {}).items() if name.startswith("ssl")}
    password = given.pop("password", "")  # passed in the environment, as every process can read arguments
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
    # With a thousand schemas one of pg_dump's queries takes 25 seconds with the planner's choice, and one with this.
    options = f"{os.environ.get('PGOPTIONS', '')} -c enable_nestloop=off".strip()
    environment = {**os.environ, "PGPASSWORD": password, "PGOPTIONS": options}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603 # a list of our own, no shell
    except FileNotFoundError:
        raise ImproperlyConfigured(
            f"{settings.PG_DUMP} was not found: install PostgreSQL's client programs or set BANDSTAND_PG_DUMP."
        ) from None
    if done.returncode:
        raise ImproperlyConfigured(f"pg_dump failed: {done.stderr.strip()}")
    return done.stdout


def known_everywhere(text: str) -> str:
    """Return SQL of `schema_sql` without columns' options, which are statistics or of one version of PostgreSQL.

    A pg_dump newer than its server even writes `pg_attver`, which is the server's own and unknown to any other version.
    """
    return _COLUMN_OPTIONS.sub("", text)


def _portable(dump: str) -> str:
    """Return the dump without psql's commands, SETs, comments and columns' options."""
    lines = [
        line
        for line in dump.splitlines()
        if line and not re.match(r"\\|--|SET |SELECT pg_catalog\.set_config\('search_path'", line)
    ]
    return known_everywhere("\n".join(lines))
