"""Turns due entries of the schedule into jobs, each occurrence exactly once.

A mark per entry (and organization) records up to when it has run. Moving the mark and enqueueing the job are one
transaction, so several schedulers may run at once, and one that was down catches up once, not once per missed run.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django_tenants.utils import schema_context

from bandstand.jobs.enqueueing import enqueue, enqueue_many
from bandstand.organizations.models import Organization
from bandstand_worker.schedule import SCHEDULE, ScheduleEntry

CATCH_UP = timedelta(days=1)  # runs missed longer ago are skipped

# Organizations created after an occurrence have nothing to catch up on; their mark starts with the next one.
_MOVE_MARKS = """
    INSERT INTO public.jobs_schedulemark (schedule, organization_id, due_at)
    SELECT %(schedule)s, o.id, %(due)s FROM public.organizations_organization o
    WHERE o.state = 'active' AND o.time_zone = %(zone)s AND o.created_at < %(due)s
    ON CONFLICT (schedule, organization_id) DO UPDATE SET due_at = excluded.due_at
    WHERE jobs_schedulemark.due_at < excluded.due_at
    RETURNING organization_id
"""
_MOVE_PLATFORM_MARK = """
    INSERT INTO public.jobs_schedulemark (schedule, organization_id, due_at) VALUES (%(schedule)s, NULL, %(due)s)
    ON CONFLICT (schedule, organization_id) DO UPDATE SET due_at = excluded.due_at
    WHERE jobs_schedulemark.due_at < excluded.due_at
    RETURNING id
"""


def schedule_due(now: datetime, entries: Sequence[ScheduleEntry] = SCHEDULE) -> int:
    """Enqueue what is due at `now` (aware) and hasn't been enqueued; return how many jobs."""
    with schema_context("public"):
        zones = _zones()
        return sum(
            _for_organizations(entry, now, zones) if entry.per_organization else _for_platform(entry, now)
            for entry in entries
        )


def _for_platform(entry: ScheduleEntry, now: datetime) -> int:
    due = entry.rhythm.latest(now, ZoneInfo("UTC"))
    if now - due > CATCH_UP:
        return 0
    with transaction.atomic():
        if not _moved(_MOVE_PLATFORM_MARK, {"schedule": entry.name, "due": due}):
            return 0
        enqueue(entry.kind, entry.payload(due), organization=None, created_by="schedule")
        return 1


def _for_organizations(entry: ScheduleEntry, now: datetime, zones: Iterable[str]) -> int:
    total = 0
    for zone in zones:
        due = entry.rhythm.latest(now, ZoneInfo(zone)).astimezone(UTC)
        if now - due > CATCH_UP:
            continue
        with transaction.atomic():
            moved = _moved(_MOVE_MARKS, {"schedule": entry.name, "due": due, "zone": zone})
            for organization in Organization.objects.filter(pk__in=moved):
                enqueue_many(entry.kind, [entry.payload(due)], organization=organization, created_by="schedule")
        total += len(moved)
    return total


def _zones() -> list[str]:
    active = Organization.objects.filter(state=Organization.State.ACTIVE)
    return list(active.order_by("time_zone").values_list("time_zone", flat=True).distinct())


def _moved(statement: str, values: dict[str, Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [row[0] for row in cursor.fetchall()]
