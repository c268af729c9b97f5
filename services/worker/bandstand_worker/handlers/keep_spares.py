"""Keeps spare schemas ready for the next sign-ups, and drops those built from an older template."""

from __future__ import annotations

from django.conf import settings

from bandstand.jobs.job_kinds import KEEP_SPARES, KeepSpares
from bandstand.tenancy.spares import spares_keep
from bandstand_worker.registry import handles
from bandstand_worker.run import Run


@handles(KEEP_SPARES)
def keep_spares(_payload: KeepSpares, run: Run) -> dict[str, int]:
    return {"built": spares_keep(settings.SPARE_SCHEMAS, between=run.check)}
