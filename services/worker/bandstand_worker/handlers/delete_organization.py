"""Deletes an organization: its jobs, files, schema, cached entries and rows. Each step is idempotent."""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.db import OperationalError, transaction

from bandstand.database.cache import forget_schema
from bandstand.jobs.controlling import cancel
from bandstand.jobs.models import IN_FLIGHT, Job
from bandstand.media.emptying import tenant_files_delete
from bandstand.organizations.availability import slug_hold
from bandstand.organizations.models import Organization
from bandstand.portals.job_kinds import DELETE_ORGANIZATION, DeleteOrganization
from bandstand.tenancy.provisioning import organization_drop_schema
from bandstand_worker.registry import handles
from bandstand_worker.run import JobFailed, RetryLater, Run

OUT_OF_LOCKS = "53200"

log = structlog.get_logger("bandstand.jobs")


@handles(DELETE_ORGANIZATION)
def delete_organization(payload: DeleteOrganization, run: Run) -> dict[str, int]:
    """Delete an organization that is marked for deletion, once its running jobs have ended."""
    organization = Organization.objects.filter(pk=payload.organization_id).first()
    if organization is None:
        return {"files": 0}
    if organization.state != Organization.State.DELETING:
        raise JobFailed("The organization is not marked for deletion.")
    cancel(Job.objects.filter(organization=organization))
    if Job.objects.filter(organization=organization, state__in=IN_FLIGHT).exists():
        raise RetryLater("Jobs of the organization are still running.", delay=timedelta(seconds=2), counts=False)
    files = tenant_files_delete(organization.schema_name, between=run.check)
    schema_name = organization.schema_name
    try:
        with transaction.atomic():
            organization_drop_schema(organization)
            Job.objects.filter(organization=organization).delete()
            slug_hold(organization)
            organization.delete()
    except OperationalError as problem:
        if getattr(problem.__cause__, "sqlstate", "") == OUT_OF_LOCKS:
            log.exception("DROP SCHEMA needs a lock per table: raise max_locks_per_transaction in PostgreSQL")
        raise
    forget_schema(schema_name)
    return {"files": files}
