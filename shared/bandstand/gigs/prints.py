"""Files that somebody asked for: kept until they were downloaded, for a day."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.files.storage import default_storage

from bandstand.gigs.job_kinds import PRINT_GIGS
from bandstand.jobs.models import Job
from bandstand.organizations.models import Organization

KEPT = timedelta(days=1)


def prints_forget(organization: Organization, now: datetime) -> int:
    """Delete the files of the current portal that were made long enough ago; return how many."""
    jobs = Job.objects.filter(organization=organization, kind=PRINT_GIGS.name, finished_at__lt=now - KEPT)
    made = dict(jobs.filter(result__file__isnull=False).values_list("pk", "result__file"))
    for path in made.values():
        default_storage.delete(path)
    Job.objects.filter(pk__in=made).update(result=None)
    return len(made)
