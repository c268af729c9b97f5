"""Collects what happened in a day. No digest is sent for a day without news."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bandstand.content.appearing import Appearing, appearing_between
from bandstand.enquiries.models import Enquiry
from bandstand.jobs.models import Job
from bandstand.organizations.models import Organization
from bandstand.polls.models import Question

LISTED = 20  # of each sort; the page that the email links to shows the rest


@dataclass(frozen=True)
class Digest:
    """One day's news of a portal, and what is scheduled."""

    enquiries: list[Enquiry]
    polls: list[Question]
    failures: list[Job]
    appearing: list[Appearing]  # in the coming week
    until: datetime

    @property
    def is_empty(self) -> bool:
        """Whether there is no news."""
        return not (self.enquiries or self.polls or self.failures or self._appears_today)

    @property
    def _appears_today(self) -> bool:
        """Whether something appears before the next digest. What comes later alone makes no email each morning."""
        return any(row.appears_at and row.appears_at < self.until + timedelta(days=1) for row in self.appearing)


def digest_collect(organization: Organization, until: datetime) -> Digest:
    """Return what happened in the 24 hours before `until`, and appears in the week after it, in the current schema."""
    since = until - timedelta(days=1)
    enquiries = Enquiry.objects.waiting().filter(created_at__gte=since, created_at__lt=until).select_related("band")
    polls = Question.objects.filter(closes_at__gte=since, closes_at__lt=until).with_vote_count()
    failures = Job.objects.filter(organization=organization, state=Job.State.FAILED).filter(
        finished_at__gte=since, finished_at__lt=until
    )
    appearing = appearing_between(until, until + timedelta(weeks=1), most=LISTED)
    return Digest(list(enquiries[:LISTED]), list(polls[:LISTED]), list(failures[:LISTED]), appearing, until)
