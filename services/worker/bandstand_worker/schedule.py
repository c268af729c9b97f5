"""When recurring jobs are due. The table below lists all of them; the platform's admin shows it.

Times of day are local: in the organization's zone, or UTC for the platform. A time skipped by daylight saving runs
right after the gap; a repeated time runs the first time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from django.conf import settings

from bandstand.calendars.job_kinds import FOLLOW_DUE_CALENDARS, FollowDueCalendars
from bandstand.digest.job_kinds import SEND_DIGEST, SendDigest
from bandstand.domains.job_kinds import CHECK_DUE_DOMAINS, CheckDueDomains
from bandstand.gigs.job_kinds import REMIND_OF_GIGS, RemindOfGigs
from bandstand.jobs.job_kinds import (
    DISTRIBUTE_SCHEMAS,
    KEEP_SPARES,
    MEASURE_USAGE,
    PRUNE_JOBS,
    TIDY_ACCOUNTS,
    DistributeSchemas,
    KeepSpares,
    MeasureUsage,
    PruneJobs,
    TidyAccounts,
)
from bandstand.jobs.kinds import Kind, Scope
from bandstand.listings.job_kinds import FOLLOW_DUE_LISTINGS, FollowDueListings
from bandstand.numbers.job_kinds import KEEP_NUMBERS, KeepNumbers
from bandstand.portals.job_kinds import MAKE_SHARE_PICTURES, MakeSharePictures
from bandstand.publishing.job_kinds import PUBLISH_DUE, PublishDue


class Rhythm(Protocol):
    """How often something is due."""

    def latest(self, now: datetime, zone: ZoneInfo) -> datetime:
        """Return the last moment up to `now` (both aware) at which it was due."""


@dataclass(frozen=True)
class Daily:
    """Once per local day."""

    at: time

    def latest(self, now: datetime, zone: ZoneInfo) -> datetime:
        today = now.astimezone(zone).date()
        for day in (today + timedelta(days=1), today, today - timedelta(days=1)):
            due = first_instant(datetime.combine(day, self.at), zone)
            if due <= now:
                return due
        # A zone may skip a whole day, as Samoa did; then the last occurrence was the day before.
        return first_instant(datetime.combine(today - timedelta(days=2), self.at), zone)

    def __str__(self) -> str:
        return f"daily at {self.at:%H:%M}"


@dataclass(frozen=True)
class Every:
    """At equal intervals, counted from the epoch."""

    period: timedelta

    def latest(self, now: datetime, zone: ZoneInfo) -> datetime:
        epoch = datetime(1970, 1, 1, tzinfo=UTC)
        return epoch + (now - epoch) // self.period * self.period

    def __str__(self) -> str:
        return f"every {self.period}"


def first_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the first moment, in UTC, at which clocks in `zone` show `wall` (naive), or the first after a gap."""
    early, late = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if early.astimezone(zone).replace(tzinfo=None) == wall:
        return early
    return _end_of_gap(min(early, late), max(early, late), zone)


def _end_of_gap(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment between the two at which the zone's offset changes."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


@dataclass(frozen=True, kw_only=True)
class ScheduleEntry:
    """One recurring job. Its name is remembered in the database; renaming it makes it due again."""

    name: str
    kind: Kind[Any]
    payload: Callable[[datetime], Any]
    rhythm: Rhythm

    @property
    def per_organization(self) -> bool:
        """Whether it runs once per organization, in the organization's zone."""
        return self.kind.scope is Scope.ORGANIZATION


SCHEDULE = [
    ScheduleEntry(
        name="remind-of-gigs",
        kind=REMIND_OF_GIGS,
        payload=lambda due: RemindOfGigs(due_at=due.isoformat()),
        rhythm=Daily(time(9)),
    ),
    ScheduleEntry(
        name="send-digest",
        kind=SEND_DIGEST,
        payload=lambda due: SendDigest(due_at=due.isoformat()),
        rhythm=Daily(time(8)),
    ),
    ScheduleEntry(
        name="measure-usage",
        kind=MEASURE_USAGE,
        payload=lambda _due: MeasureUsage(),
        rhythm=Daily(time(2, 30)),
    ),
    # Finds what no job waits for: rows of a restored portal, say.
    ScheduleEntry(name="publish-due", kind=PUBLISH_DUE, payload=lambda _due: PublishDue(), rhythm=Daily(time(0))),
    # Finds what was written without saving a row: by an import, in bulk, by SQL; and what is drawn otherwise by now.
    ScheduleEntry(
        name="make-share-pictures",
        kind=MAKE_SHARE_PICTURES,
        payload=lambda _due: MakeSharePictures(),
        rhythm=Daily(time(3)),
    ),
    # Likewise calendars that are due.
    ScheduleEntry(
        name="follow-calendars",
        kind=FOLLOW_DUE_CALENDARS,
        payload=lambda _due: FollowDueCalendars(),
        rhythm=Daily(time(1)),
    ),
    ScheduleEntry(name="prune-jobs", kind=PRUNE_JOBS, payload=lambda _due: PruneJobs(), rhythm=Daily(time(3, 30))),
    ScheduleEntry(name="tidy-accounts", kind=TIDY_ACCOUNTS, payload=lambda _due: TidyAccounts(), rhythm=Daily(time(4))),
    ScheduleEntry(
        name="keep-numbers",
        kind=KEEP_NUMBERS,
        payload=lambda _due: KeepNumbers(),
        rhythm=Every(timedelta(hours=1)),
    ),
    ScheduleEntry(
        name="keep-spares",
        kind=KEEP_SPARES,
        payload=lambda _due: KeepSpares(),
        rhythm=Every(timedelta(minutes=1)),
    ),
    ScheduleEntry(
        name="check-due-domains",
        kind=CHECK_DUE_DOMAINS,
        payload=lambda _due: CheckDueDomains(),
        rhythm=Every(timedelta(minutes=1)),
    ),
    ScheduleEntry(
        name="follow-due-listings",
        kind=FOLLOW_DUE_LISTINGS,
        payload=lambda _due: FollowDueListings(),
        rhythm=Every(timedelta(minutes=5)),
    ),
]
if settings.CITUS:
    SCHEDULE.append(
        ScheduleEntry(
            name="distribute-schemas",
            kind=DISTRIBUTE_SCHEMAS,
            payload=lambda _due: DistributeSchemas(),
            rhythm=Every(timedelta(minutes=1)),
        )
    )
