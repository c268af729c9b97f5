"""Looks after an organization every night: recounts files and rows, tells of limits, has missing icons made."""

from __future__ import annotations

from bandstand.jobs.job_kinds import MEASURE_USAGE, MeasureUsage
from bandstand.notices.telling import near_limits_tell
from bandstand.organizations.models import Organization
from bandstand.organizations.storage_use import usage_measure
from bandstand.portals.icons import icons_request
from bandstand.portals.models import PortalSettings
from bandstand_worker.registry import handles
from bandstand_worker.run import Run


@handles(MEASURE_USAGE)
def measure_usage(_payload: MeasureUsage, run: Run) -> dict[str, int]:
    usage = usage_measure(run.organization)
    if run.organization.state == Organization.State.ACTIVE:  # the team of a suspended portal can't act on it
        near_limits_tell(run.organization)
        icons_request(PortalSettings.objects.current(), run.organization)
    return {"bytes": usage.storage_bytes, "bands": usage.bands, "members": usage.members, "mails": usage.mails}
