"""Asking for schemas to be spread over a Citus cluster, of portals that are new, restored or moved here."""

from __future__ import annotations

from bandstand.jobs.enqueueing import enqueue
from bandstand.jobs.job_kinds import DISTRIBUTE_SCHEMA, DistributeSchema
from bandstand.jobs.models import Job
from bandstand.organizations.distribution import undistributed

_ONCE = "schema"


def distribution_enqueue() -> list[Job]:
    """Return a job for each organization whose schema isn't spread yet; the one it has, where that isn't done.

    Raises ImproperlyConfigured where the database is no Citus cluster.
    """
    return [
        enqueue(DISTRIBUTE_SCHEMA, DistributeSchema(), organization=organization, key=_ONCE)
        for organization in undistributed()
    ]
