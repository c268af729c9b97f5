"""Enqueues the distribution of schemas over a Citus cluster, for portals that are new, restored or moved here."""

from __future__ import annotations

from bandstand.jobs.enqueueing import enqueue
from bandstand.jobs.job_kinds import DISTRIBUTE_SCHEMA, DistributeSchema
from bandstand.jobs.models import Job
from bandstand.tenancy.spreading import undistributed

_ONCE = "schema"


def distribution_enqueue() -> list[Job]:
    """Return a job for each organization whose schema isn't distributed yet, reusing unfinished ones.

    Raises ImproperlyConfigured if the database isn't a Citus cluster.
    """
    return [
        enqueue(DISTRIBUTE_SCHEMA, DistributeSchema(), organization=organization, key=_ONCE)
        for organization in undistributed()
    ]
