"""Collects what happened in a day. No digest is sent for a day without news."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bandstand.enquiries.models import Enquiry
from bandstand.jobs.models import Job
from bandstand.organizations.models import Organization
from bandstand.polls.models import Question

LISTED = 20  # of each sort; the page that the email links to shows the rest


@dataclass(frozen=True)
class Digest:
    """One day's news of a portal."""

    enquiries: list[Enquiry]
    polls: list[Question]
    failures: list[Job]

    @property
    def is_empty(self) -> bool:
        """Whether there is no news."""
        return not (self.enquiries or self.polls or self.failures)


def digest_collect(organization: Organization, until: datetime) -> Digest:
    """Return what happened in the 24 hours before `until`, in the current schema, which is the organization's."""
    since = until - timedelta(days=1)
    enquiries = Enquiry.objects.waiting().filter(created_at__gte=since, created_at__lt=until).select_related("band")
    polls = Question.objects.filter(closes_at__gte=since, closes_at__lt=until).with_vote_count()
    failures = Job.objects.filter(organization=organization, state=Job.State.FAILED).filter(
        finished_at__gte=since, finished_at__lt=until
    )
    return Digest(list(enquiries[:LISTED]), list(polls[:LISTED]), list(failures[:LISTED]))
