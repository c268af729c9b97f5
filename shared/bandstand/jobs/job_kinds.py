"""Kinds of jobs that keep the platform tidy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from bandstand.jobs.kinds import Kind, Queue, Retry, Scope


@dataclass(frozen=True)
class PruneJobs:
    """No parameters: the handler holds the policy."""


PRUNE_JOBS = Kind(
    "jobs.prune",
    PruneJobs,
    title=_("Tidy up finished jobs"),
    queue=Queue.BULK,
    time_limit=timedelta(minutes=30),
    scope=Scope.PLATFORM,
)


@dataclass(frozen=True)
class TidyAccounts:
    """No parameters: it covers all schemas, and each app says how long it keeps what."""


TIDY_ACCOUNTS = Kind(
    "accounts.tidy",
    TidyAccounts,
    title=_("Tidy up ended sessions"),
    queue=Queue.BULK,
    time_limit=timedelta(minutes=30),
    scope=Scope.PLATFORM,
)


@dataclass(frozen=True)
class KeepSpares:
    """No parameters: a setting says how many spares to keep."""


KEEP_SPARES = Kind(
    "organizations.keep_spares",
    KeepSpares,
    title=_("Build spare schemas"),
    queue=Queue.BULK,
    time_limit=timedelta(minutes=10),
    scope=Scope.PLATFORM,
)


@dataclass(frozen=True)
class MeasureUsage:
    """No parameters: it measures the job's organization."""


MEASURE_USAGE = Kind(
    "organizations.measure_usage",
    MeasureUsage,
    title=_("Measure what is in use"),
    queue=Queue.BULK,
    time_limit=timedelta(minutes=30),
    works_in=frozenset({"active", "suspended"}),
)


@dataclass(frozen=True)
class DistributeSchemas:
    """No parameters: the database knows which schemas aren't distributed yet."""


DISTRIBUTE_SCHEMAS = Kind(
    "organizations.distribute_schemas",
    DistributeSchemas,
    title=_("Look for schemas to spread over the cluster"),
    queue=Queue.BULK,
    scope=Scope.PLATFORM,
)


@dataclass(frozen=True)
class DistributeSchema:
    """No parameters: it distributes the schema of the job's organization."""


DISTRIBUTE_SCHEMA = Kind(
    "organizations.distribute_schema",
    DistributeSchema,
    title=_("Spread a schema over the cluster"),
    queue=Queue.BULK,
    time_limit=timedelta(minutes=10),
    retry=Retry(attempts=10),
    works_in=frozenset({"active", "suspended"}),
)
