"""Deletes expired data in every schema: sessions, log-in attempts, mail, forms, spam, trash, prints, notices, records.

Also releases the addresses of portals that were deleted long enough ago, and forgets offers of portals that expired and
who reported a page.
"""

from __future__ import annotations

from datetime import timedelta

from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt, AccessLog
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django_tenants.utils import get_public_schema_name, schema_context

from bandstand.audit.models import Entry, EntryQuerySet
from bandstand.content.changes import Change
from bandstand.content.trashed import trash_empty
from bandstand.enquiries.screening import spam_delete
from bandstand.gigs.prints import prints_forget
from bandstand.gigs.withdrawn import WithdrawnGig
from bandstand.jobs.job_kinds import TIDY_ACCOUNTS, TidyAccounts
from bandstand.mail.recipient_limits import recipient_counts_prune
from bandstand.mail.tidying import mails_tidy
from bandstand.notices.models import Notice
from bandstand.numbers.models import CountedDay
from bandstand.organizations.availability import slugs_forget
from bandstand.organizations.models import Organization
from bandstand.people.merging import merges_settle
from bandstand.reports.models import PageReport
from bandstand.submissions.models import Submission
from bandstand.teams.transferring import transfers_forget
from bandstand_worker.registry import handles
from bandstand_worker.run import Run

KEEP_ATTEMPTS = timedelta(days=30)


@handles(TIDY_ACCOUNTS)
def tidy_accounts(_payload: TidyAccounts, run: Run) -> dict[str, int]:
    """Clean up every schema, then the shared tables."""
    everybody = [None, *Organization.objects.in_use().order_by("pk")]
    deleted = 0
    for number, organization in enumerate(everybody, start=1):
        with schema_context(organization.schema_name if organization else get_public_schema_name()):
            deleted += _tidy(organization)
        run.progress(number, len(everybody))
    deleted += (
        recipient_counts_prune() + slugs_forget() + transfers_forget() + PageReport.objects.forget(timezone.now())
    )
    return {"deleted": deleted}


def _tidy(organization: Organization | None) -> int:
    now = timezone.now()
    has_session = Exists(Session.objects.filter(session_key=OuterRef("session_key")))
    rows = [
        Session.objects.filter(expire_date__lt=now),
        UserSession.objects.exclude(has_session),
        AccessAttempt.objects.filter(attempt_time__lt=now - KEEP_ATTEMPTS),
        AccessLog.objects.filter(attempt_time__lt=now - KEEP_ATTEMPTS),  # of releases before, none is written any more
    ]
    deleted: int = sum(query.delete()[0] for query in rows)
    deleted += mails_tidy(organization=organization, now=now)
    if organization is not None:
        deleted += spam_delete() + trash_empty(now) + merges_settle(now) + WithdrawnGig.objects.forget(now)
        deleted += Change.objects.prune() + Notice.objects.forget(now) + prints_forget(organization, now)
        deleted += CountedDay.objects.forget(now.date())
    return deleted + Submission.objects.prune() + EntryQuerySet(Entry).prune(settings.AUDIT_KEPT)
