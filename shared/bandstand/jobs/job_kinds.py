"""Kinds of jobs that keep the platform tidy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from bandstand.jobs.kinds import Kind, Queue, Retry, Scope


@dataclass(frozen=True)
class PruneJobs:
    """Nothing to say: the policy stands in `bandstand.jobs.controlling`."""


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
    """Nothing to say: all schemas' turn comes, and the policy stands in the handler."""


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
    """Nothing to say: how many there shall be is a setting."""


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
    """Nothing to say: the organization's own files and rows."""


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
    """Nothing to say: the database knows which schemas it hasn't spread yet."""


DISTRIBUTE_SCHEMAS = Kind(
    "organizations.distribute_schemas",
    DistributeSchemas,
    title=_("Look for schemas to spread over the cluster"),
    queue=Queue.BULK,
    scope=Scope.PLATFORM,
)


@dataclass(frozen=True)
class DistributeSchema:
    """Nothing to say: it is the organization's own schema."""


DISTRIBUTE_SCHEMA = Kind(
    "organizations.distribute_schema",
    DistributeSchema,
    title=_("Spread a schema over the cluster"),
    queue=Queue.BULK,
    time_limit=timedelta(minutes=10),
    retry=Retry(attempts=10),
    works_in=frozenset({"active", "suspended"}),
)
