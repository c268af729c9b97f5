"""Closing a portal for a while, and opening it again."""

from __future__ import annotations

from django.db import transaction

from bandstand.audit.models import Act
from bandstand.organizations.auditing import organization_record
from bandstand.organizations.models import Organization

State = Organization.State


def organization_suspend(*, organization: Organization) -> bool:
    """Close the portal: visitors and team get a page that says so, its jobs wait. Return whether it was open."""
    return _move(organization, State.ACTIVE, State.SUSPENDED, Act.SUSPENDED)


def organization_activate(*, organization: Organization) -> bool:
    """Open the portal again. Return whether it was suspended."""
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
