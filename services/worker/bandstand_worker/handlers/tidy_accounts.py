"""Deletes what ended sessions and old failed log-ins leave and old lines of the security log, in every schema."""

from __future__ import annotations

from datetime import timedelta

from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django_tenants.utils import get_public_schema_name, schema_context

from bandstand.audit.models import Entry, EntryQuerySet
from bandstand.jobs.job_kinds import TIDY_ACCOUNTS, TidyAccounts
from bandstand.organizations.models import Organization
from bandstand_worker.registry import handles
from bandstand_worker.run import Run

KEEP_ATTEMPTS = timedelta(days=30)


@handles(TIDY_ACCOUNTS)
def tidy_accounts(_payload: TidyAccounts, run: Run) -> dict[str, int]:
    """Delete expired sessions, lines about sessions that are gone, old failed log-ins and old lines of the logs."""
    organizations = Organization.objects.in_use()
    schemas = [get_public_schema_name(), *organizations.order_by("pk").values_list("schema_name", flat=True)]
    deleted = 0
    for number, schema in enumerate(schemas, start=1):
        with schema_context(schema):
            deleted += _tidy()
        run.progress(number, len(schemas))
    return {"deleted": deleted}


def _tidy() -> int:
    now = timezone.now()
    has_session = Exists(Session.objects.filter(session_key=OuterRef("session_key")))
    rows = [
        Session.objects.filter(expire_date__lt=now),
        UserSession.objects.exclude(has_session),
        AccessAttempt.objects.filter(attempt_time__lt=now - KEEP_ATTEMPTS),
    ]
    deleted: int = sum(query.delete()[0] for query in rows)
    return deleted + EntryQuerySet(Entry).prune(settings.AUDIT_KEPT)
