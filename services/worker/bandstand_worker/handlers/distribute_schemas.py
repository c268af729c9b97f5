"""Distributes portals' schemas over a Citus cluster where BANDSTAND_CITUS is set."""

from __future__ import annotations

from bandstand.jobs.distributing import distribution_enqueue
from bandstand.jobs.job_kinds import DISTRIBUTE_SCHEMA, DISTRIBUTE_SCHEMAS, DistributeSchema, DistributeSchemas
from bandstand.tenancy.spreading import schema_distribute
from bandstand_worker.registry import handles
from bandstand_worker.run import Run


@handles(DISTRIBUTE_SCHEMAS)
def distribute_schemas(_payload: DistributeSchemas, _run: Run) -> dict[str, int]:
    """Enqueue a job for each portal whose schema isn't distributed yet."""
    return {"jobs": len(distribution_enqueue())}


@handles(DISTRIBUTE_SCHEMA)
def distribute_schema(_payload: DistributeSchema, run: Run) -> dict[str, bool]:
    """Distribute one schema. Idempotent."""
    return {"spread": schema_distribute(run.organization)}
