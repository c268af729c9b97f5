"""Recounts an organization's files and rows every night, which corrects counts that have drifted."""

from __future__ import annotations

from bandstand.jobs.job_kinds import MEASURE_USAGE, MeasureUsage
from bandstand.organizations.storage_use import usage_measure
from bandstand_worker.registry import handles
from bandstand_worker.run import Run


@handles(MEASURE_USAGE)
def measure_usage(_payload: MeasureUsage, run: Run) -> dict[str, int]:
    usage = usage_measure(run.organization)
    return {"bytes": usage.storage_bytes, "bands": usage.bands, "members": usage.members, "mails": usage.mails}
