"""Migrates `public`, the template and every tenant's schema.

Tenants that are up to date cost a share of one query. Of those in the same state Django migrates one, and its
statements are replayed in the others; see replay.py.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Lock

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.migrations.loader import MigrationLoader
from django_tenants.utils import get_public_schema_name

from bandstand.database.advisory_locks import advisory_lock
from bandstand.database.connection import connection, no_time_limits
from bandstand.database.roles import may_create_in_public
from bandstand.organizations.behind import migrations_digest
from bandstand.organizations.models import Organization, SpareSchema
from bandstand.tenancy.replay import can_replay, recorded, replay_everywhere, replay_text, retrying
from bandstand.tenancy.schema_migrating import (
    applied_or_none,
    has_history,
    impatient,
    migrate_schema,
    migrate_tenant,
)
from bandstand.tenancy.spares import spares_drop
from bandstand.tenancy.states import (
    Group,
    Migrations,
    Survey,
    TenantSchema,
    applied_migrations,
    survey,
    survey_keep,
    wanted_migrations,
)
from bandstand.tenancy.template import (
    TEMPLATE_SCHEMA,
    template_exists,
    template_extend,
    template_refresh,
)

logger = logging.getLogger(__name__)

_LOCK = 7_301_202_611  # an arbitrary number: one migration at a time per database
# A backup or a report may hold a lock in `public` for a minute. Without it no portal can be migrated, so wait longer.
_ATTEMPTS_AT_BASE = 40

Progress = Callable[[int, int], None]


class BaseStoppedError(Exception):
    """`public` or the template couldn't be migrated; the message says where it stands."""


@dataclass
class Outcome:
    """The result of a run: all tenants, migrated tenants, and errors by schema."""

    total: int = 0
    migrated: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    halfway: set[str] = field(default_factory=set)  # those of the failed that aren't as they were
    stopped: bool = False


@dataclass(frozen=True)
class Recording:
    """The statements with which Django migrated the template."""

    before: Migrations
    added: Migrations
    statements: tuple[str, ...]

    def fits(self, group: Group) -> bool:
        """Whether the group is in the template's former state, so that replaying brings it up to date."""
        return group.applied == self.before and self.can_replay()

    def can_replay(self) -> bool:
        """Whether the statements can be replayed in another schema."""
        return can_replay(self.added) and not any(TEMPLATE_SCHEMA in line for line in self.statements)

    def text(self) -> str:
        """Return the SQL that migrates another schema in that state, except for roles and permissions."""
        return replay_text(list(self.statements), self.added)


def migrate_everything(
    *,
    verbosity: int = 1,
    jobs: int = 2,
    tenant: str | None = None,
    canary: int = 0,
    progress: Progress = lambda _done, _total: None,
) -> Outcome:
    """Bring `public`, the template and every tenant up to date; a failing tenant is rolled back, the others go on.

    Only a migration that refuses a transaction (`atomic = False`) can leave a failing tenant halfway.

    `jobs`: number of parallel connections. `tenant`: migrate only this slug or schema name. `canary`: migrate so many
    first, and the others only if none of them failed. `progress` is called with the done and total numbers of tenants.
    Raises Organization.DoesNotExist for an unknown tenant; ImproperlyConfigured behind a pooler, as a role that may not
    migrate, and when a release was skipped; and BaseStoppedError.
    """
    if not connection.has_session:
        raise ImproperlyConfigured(
            "Migrations don't go through a pooler: run migrate with BANDSTAND_DATABASE_POOLER=off, and with the "
            "owner's address of PostgreSQL itself in DATABASE_URL."
        )
    if not may_create_in_public():
        raise ImproperlyConfigured(
            "migrate takes the owner's address in DATABASE_URL: the role of web and workers may not change tables in "
            "`public`."
        )
    outcome = Outcome()
    with migrations_held_off(), no_time_limits():
        _refuse_skipped_release()
        recording = None if _is_base_current() else _migrate_base(verbosity)
        only = None if tenant is None else _schema_of(tenant)
        found = _surveyed(only)
        run = _Run(outcome, jobs, verbosity, progress, recording, sum(len(group.schemas) for group in found.behind))
        outcome.failed.update({schema: f"its node {node} doesn't answer" for schema, node in found.silent.items()})
        if canary:
            run.groups(_first(canary, found.behind))
            outcome.stopped = bool(outcome.failed)
        # Old code may have created portals in the meantime, so repeat until no schema is behind.
        while not outcome.stopped:
            outcome.total = found.total
            if not run.groups(found.behind):
                break
            found = _surveyed(only)
    return outcome


def _refuse_skipped_release() -> None:
    """Raise ImproperlyConfigured if code that breaks by a pending migration may still be running.

    Such a migration names, as `since`, the last one of the release that stopped using what it takes away.
    """
    public = get_public_schema_name()
    applied = applied_migrations(public) if has_history(public) else Migrations()
    if not applied:
        return  # a new installation, where no code is running
    nodes = MigrationLoader(None).graph.nodes
    for key in sorted(wanted_migrations() - applied):
        since = getattr(nodes[key], "since", None)
        if since is not None and since not in applied:
            raise ImproperlyConfigured(
                f"A release was skipped: {'.'.join(key)} takes away what code used before the release with "
                f"{'.'.join(since)}. Run that release's migrate, have its code replace all processes, and upgrade then."
            )


def _surveyed(only: str | None) -> Survey:
    """Survey all tenants and store the result; return it, reduced to the schema `only` if given."""
    found = survey()
    survey_keep(found)
    return found if only is None else found.of(only)


def _schema_of(tenant: str) -> str:
    found = Organization.objects.filter(slug=tenant).first() or Organization.objects.get(schema_name=tenant)
    return str(found.schema_name)


def _is_base_current() -> bool:
    """Whether `public` and the template are up to date; the template is only stored once both are."""
    schemas = (get_public_schema_name(), TEMPLATE_SCHEMA)
    return (
        all(has_history(schema) and wanted_migrations() <= applied_migrations(schema) for schema in schemas)
        and template_exists()
    )


def _migrate_base(verbosity: int) -> Recording:
    """Migrate `public` and the template, and return how the template was migrated. Raises BaseStoppedError."""
    with impatient():
        _migrate_of_base(get_public_schema_name(), verbosity)
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {TEMPLATE_SCHEMA}")
        before = applied_or_none(TEMPLATE_SCHEMA)
        with recorded() as statements:
            _migrate_of_base(TEMPLATE_SCHEMA, verbosity)
        after = applied_migrations(TEMPLATE_SCHEMA)
        recording = Recording(before, after - before, tuple(statements))
        # New processes start serving once the template is stored; by then they must know which portals are behind.
        _patiently(lambda: survey_keep(survey()))
        _patiently(lambda: _keep_template(recording, after))
        _patiently(lambda: spares_drop(SpareSchema.objects.exclude(digest=migrations_digest())))
    return recording


def _migrate_of_base(schema: str, verbosity: int) -> None:
    """Migrate `public` or the template, with a transaction per migration: none waits while it has another's locks."""
    before = applied_or_none(schema)
    try:
        _patiently(lambda: migrate_schema(schema, verbosity=verbosity))
    except Exception as error:
        done = _listed(applied_or_none(schema) - before) or "none"
        raise BaseStoppedError(
            f"{schema} couldn't be migrated: {_reason(error)}. Applied in this run: {done}. The portals are as they "
            "were; run it again when mended."
        ) from error


def _keep_template(recording: Recording, after: Migrations) -> None:
    extended = recording.can_replay() and template_extend(before=recording.before, after=after, text=recording.text())
    if not extended:
        template_refresh(after)


def _patiently(function: Callable[[], object]) -> None:
    retrying(function, attempts=_ATTEMPTS_AT_BASE)


def _listed(migrations: Migrations) -> str:
    return ", ".join(f"{app}.{name}" for app, name in sorted(migrations))


def _reason(error: Exception) -> str:
    return str(error).strip().rstrip(".") or type(error).__name__


def plan(*, tenant: str | None = None) -> tuple[Survey, list[str]]:
    """Return the survey and a line for each group that is behind. Read-only."""
    found = survey()
    if tenant is not None:
        found = found.of(_schema_of(tenant))
    lines = []
    for group in found.behind:
        names = _listed(group.missing) or "roles and permissions only"
        way = "replayed" if can_replay(group.missing) else "by Django, one by one"
        lines.append(f"{len(group.schemas)} tenants, {way}: {names}")
    return found, lines


def _first(count: int, groups: Iterable[Group]) -> list[Group]:
    """Return the groups limited to `count` schemas in total."""
    found = []
    for group in groups:
        found.append(replace(group, schemas=group.schemas[:count]))
        count -= len(found[-1].schemas)
    return [group for group in found if group.schemas]


@dataclass
class _Run:
    outcome: Outcome
    jobs: int
    verbosity: int
    progress: Progress
    recording: Recording | None
    total: int

    def groups(self, groups: Iterable[Group]) -> bool:
        """Migrate the groups, except schemas that failed before. Return whether there was anything to do."""
        worked = False
        for group in groups:
            schemas = [schema for schema in group.schemas if schema.name not in self.outcome.failed]
            if schemas:
                worked = True
                self._group(group, schemas)
        return worked

    def _group(self, group: Group, schemas: list[TenantSchema]) -> None:
        # On a Citus cluster the template's rows can't be joined with a distributed table, so that is left to Django.
        is_apart = settings.CITUS and group.lacks_access
        text = None if is_apart else self._known_text(group)
        replayable = not is_apart and can_replay(group.missing)
        while schemas and text is None:
            schema = schemas.pop(0)
            statements = self._by_django(schema, group)
            if statements is None or not replayable or any(schema.name in line for line in statements):
                continue
            text = replay_text(statements, applied_migrations(schema.name) - group.applied)
        if schemas and text is not None:
            replay_everywhere(schemas, text, access=group.lacks_access, jobs=self.jobs, done=self._ended)

    def _known_text(self, group: Group) -> str | None:
        """Return the SQL to replay in the group's schemas, if it is known without running Django."""
        if not group.missing:
            return ""
        if self.recording is not None and self.recording.fits(group):
            return self.recording.text()
        return None

    def _attempt(self, schema: TenantSchema, statements: list[str]) -> None:
        statements.clear()  # those of an attempt that was rolled back
        migrate_tenant(schema.name, verbosity=self.verbosity)

    def _by_django(self, schema: TenantSchema, group: Group) -> list[str] | None:
        """Migrate `schema` with Django and return the statements, or None if it failed."""
        try:
            with recorded() as statements:
                retrying(lambda: self._attempt(schema, statements))
        except Exception as error:  # noqa: BLE001 # a data migration may raise anything, and concerns one tenant
            self._ended(schema, error, halfway=applied_or_none(schema.name) - group.applied)
            return None
        self._ended(schema, None)
        return statements

    def _ended(self, schema: TenantSchema, error: Exception | None, halfway: Migrations = frozenset()) -> None:
        with _ENDINGS:
            if error is None:
                self.outcome.migrated += 1
            else:
                self.outcome.failed[schema.name] = _reason(error)
                if halfway:
                    self.outcome.halfway.add(schema.name)
                    self.outcome.failed[schema.name] += f". Applied in this run: {_listed(halfway)}"
                logger.error("migrating %s failed: %s", schema.name, error)
            done = self.outcome.migrated + len(self.outcome.failed)
            self.progress(done, max(done, self.total))


_ENDINGS = Lock()


@contextmanager
def migrations_held_off() -> Iterator[None]:
    """Hold the migration lock for the block. Waits for a running migration; then there may be nothing left to do."""
    with advisory_lock(_LOCK):
        yield
