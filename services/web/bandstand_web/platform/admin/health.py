"""One portal's health for the platform's staff: counts and times, never what a portal holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from django.conf import settings
from django.db.models import Count, Max, Min, Q
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_tenants.utils import tenant_context

from bandstand.accounts.models import User
from bandstand.audit.models import Act, Entry, Origin
from bandstand.backups.archives import Archive
from bandstand.database.connection import connection
from bandstand.domains.models import CustomDomain, DomainState
from bandstand.jobs.models import Job
from bandstand.jobs.models import State as JobState
from bandstand.mail.models import OutgoingMessage
from bandstand.organizations.former_hosts import slug_at
from bandstand.organizations.models import Organization
from bandstand.organizations.quotas import Standing, measured_standings
from bandstand.tenancy.states import applied_migrations, wanted_migrations

MAILS_OF = timedelta(days=30)
OLD_BACKUP = timedelta(days=2)  # backups are made every night
LATE_JOB = timedelta(hours=1)

# What strangers cause says nothing about whether a portal is in use.
_OF_STRANGERS = (Act.LOG_IN_FAILED, Act.LOCKED_OUT)
_Mail = OutgoingMessage.State


@dataclass(frozen=True)
class JobCounts:
    """The organization's jobs: numbers by state, and since when the oldest due one waits."""

    waiting: int
    running: int
    failed: int
    due_since: datetime | None

    @property
    def is_late(self) -> bool:
        """Whether a job has been due for too long, whatever the reason."""
        return self.due_since is not None and self.due_since < timezone.now() - LATE_JOB


@dataclass(frozen=True)
class Inside:
    """What is counted in the portal's schema: missing migrations, recent mails, and the team's last act."""

    missing_migrations: int
    failed_mails: int = 0
    bounced_mails: int = 0
    active_at: datetime | None = None


@dataclass(frozen=True)
class Health:
    """What staff see of a portal. `inside` is None without its schema, which another cell holds if `is_elsewhere`."""

    is_elsewhere: bool
    cell: str
    jobs: JobCounts
    inside: Inside | None
    domains: tuple[CustomDomain, ...]
    standings: tuple[Standing, ...]
    backup: Archive | None
    created_at: datetime

    @property
    def failing_domains(self) -> int:
        return sum(domain.state == DomainState.FAILING for domain in self.domains)

    @property
    def misses_backup(self) -> bool:
        """Whether a nightly backup has been missed. Another cell backs up what it holds."""
        since = self.backup.taken_at if self.backup else self.created_at
        return not self.is_elsewhere and since < timezone.now() - OLD_BACKUP

    @property
    def full(self) -> tuple[Standing, ...]:
        """The limits that are reached."""
        return tuple(each for each in self.standings if each.is_reached)


def health_of(organization: Organization) -> Health:
    """Return the organization's health. At most fourteen queries, whatever it holds."""
    is_elsewhere = organization.is_elsewhere or organization.state == Organization.State.ARRIVING
    return Health(
        is_elsewhere=is_elsewhere,
        cell=organization.cell if is_elsewhere else settings.CELL,
        jobs=_jobs(organization),
        inside=None if is_elsewhere else _inside(organization),
        domains=tuple(CustomDomain.objects.filter(organization=organization)),
        standings=tuple(measured_standings(organization)),
        backup=_backup(organization),
        created_at=organization.created_at,
    )


def _backup(organization: Organization) -> Archive | None:
    """Return the newest one, which is named by the address that the portal had then."""
    taken_at = organization.backed_up_at
    return Archive(slug_at(organization, taken_at), taken_at) if taken_at else None


def worries(health: Health) -> list[str]:
    """Return what staff should look after, each as a sentence's beginning; empty for a healthy portal."""
    found = [_of_schema(health), _of_backup(health)]
    if health.jobs.failed:
        found.append(ngettext("%d job failed", "%d jobs failed", health.jobs.failed) % health.jobs.failed)
    if health.jobs.is_late:
        found.append(_("a job has been due for %s") % timesince(cast("datetime", health.jobs.due_since)))
    if failing := health.failing_domains:
        found.append(ngettext("%d domain is failing", "%d domains are failing", failing) % failing)
    found += [_("limit reached: %s") % each.title for each in health.full]
    return [worry for worry in found if worry]


def missing_migrations(number: int) -> str:
    return ngettext("%d migration is missing", "%d migrations are missing", number) % number


def _of_schema(health: Health) -> str:
    if health.is_elsewhere:
        return ""
    if health.inside is None:
        return _("the schema is missing")
    return missing_migrations(health.inside.missing_migrations) if health.inside.missing_migrations else ""


def _of_backup(health: Health) -> str:
    if not health.misses_backup:
        return ""
    if health.backup is None:
        return _("no backup is known")
    return _("the last backup is %s old") % timesince(health.backup.taken_at)


def _jobs(organization: Organization) -> JobCounts:
    waiting = Q(state__in=[JobState.WAITING, JobState.ADMITTED])
    found = Job.objects.of_organization(organization).aggregate(
        waiting=Count("pk", filter=waiting),
        running=Count("pk", filter=Q(state=JobState.RUNNING)),
        failed=Count("pk", filter=Q(state=JobState.FAILED)),
        due_since=Min("run_at", filter=waiting & Q(run_at__lte=timezone.now())),
    )
    return JobCounts(**found)


def _inside(organization: Organization) -> Inside | None:
    if not _has_schema(organization.schema_name):
        return None
    missing = len(wanted_migrations() - applied_migrations(organization.schema_name))
    if missing:  # its tables may not be those of this code
        return Inside(missing)
    with tenant_context(organization):
        recent = OutgoingMessage.objects.filter(created_at__gt=timezone.now() - MAILS_OF)
        mails = recent.aggregate(
            failed=Count("pk", filter=Q(state=_Mail.FAILED)), bounced=Count("pk", filter=Q(state=_Mail.BOUNCED))
        )
        moments = [User.objects.aggregate(at=Max("last_login"))["at"], _last_act()]
    return Inside(
        0, mails["failed"], mails["bounced"], max((moment for moment in moments if moment is not None), default=None)
    )


def _last_act() -> datetime | None:
    acts = Entry.objects.filter(origin=Origin.PERSON).exclude(act__in=_OF_STRANGERS)
    return acts.order_by("-happened_at").values_list("happened_at", flat=True).first()


def _has_schema(schema: str) -> bool:
    """Whether the schema is there: without it, queries would read the tables of `public`."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [f"{schema}.django_migrations"])
        return bool(cursor.fetchone()[0])
