"""Suspends portals and reactivates them."""

from __future__ import annotations

from django.db import transaction

from bandstand.audit.models import Act
from bandstand.organizations.auditing import organization_record
from bandstand.organizations.models import Organization

State = Organization.State


def organization_suspend(*, organization: Organization) -> bool:
    """Suspend the portal: visitors and team see a notice, and its jobs wait. Return whether it was active."""
    return _move(organization, State.ACTIVE, State.SUSPENDED, Act.SUSPENDED)


def organization_activate(*, organization: Organization) -> bool:
    """Reactivate the portal. Return whether it was suspended."""
    return _move(organization, State.SUSPENDED, State.ACTIVE, Act.ACTIVATED)


def _move(organization: Organization, before: str, after: str, act: Act) -> bool:
    with transaction.atomic():
        locked = Organization.objects.select_for_update().get(pk=organization.pk)
        if locked.state != before:
            return False
        locked.state = organization.state = after
        locked.save(update_fields=["state"])  # its signal makes every process forget the portal's hosts
        organization_record(organization, act)
        return True
