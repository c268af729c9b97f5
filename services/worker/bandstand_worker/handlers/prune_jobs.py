"""Deletes finished jobs by the policy below."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from bandstand.jobs.controlling import prune
from bandstand.jobs.job_kinds import PRUNE_JOBS, PruneJobs
from bandstand_worker.registry import handles
from bandstand_worker.run import Run

KEEP_DONE = timedelta(days=14)
KEEP_FAILED = timedelta(days=90)


@handles(PRUNE_JOBS)
def prune_jobs(_payload: PruneJobs, run: Run) -> dict[str, int]:
    """Keep completed jobs for two weeks, failed and cancelled ones for three months."""
    now = timezone.now()
    return {"deleted": prune(done_before=now - KEEP_DONE, failed_before=now - KEEP_FAILED, between=run.check)}
