"""Deletes portals: closed at once, removed by a job."""

from __future__ import annotations

from django.db import transaction

from bandstand.accounts.models import User
from bandstand.audit.models import Act
from bandstand.jobs.enqueueing import enqueue
from bandstand.organizations.auditing import organization_record
from bandstand.organizations.models import Organization
from bandstand.portals.job_kinds import DELETE_ORGANIZATION, DeleteOrganization


class PortalAwayError(Exception):
    """The portal can't be changed, because it is being moved to another cell or lives there."""


@transaction.atomic
def organization_delete(*, organization: Organization, by: User) -> Organization:
    """Close the portal at once, enqueue a job that deletes schema and files, and return the organization.

    `by` is a user of the platform. Idempotent. Raises PortalAwayError while the portal is being moved
    to another cell, and once it lives there.
    """
    organization = Organization.objects.select_for_update().get(pk=organization.pk)
    if organization.is_read_only or organization.is_elsewhere:
        raise PortalAwayError(organization.slug)
    if organization.state != Organization.State.DELETING:
        organization.state = Organization.State.DELETING
        organization.save(update_fields=["state"])
        organization_record(organization, Act.DELETED)
        enqueue(
            DELETE_ORGANIZATION,
            DeleteOrganization(organization.pk),
            organization=None,
            key=str(organization.pk),
            created_by=by.email,
        )
    return organization
