"""Suspends portals, telling owners why, and reactivates them."""

from __future__ import annotations

from django.db import transaction

from bandstand.audit.models import Act
from bandstand.organizations.auditing import organization_record
from bandstand.organizations.models import Organization
from bandstand.teams.owner_mails import tell_reopened, tell_suspended

State = Organization.State


def organization_suspend(*, organization: Organization, reason: str, tells: bool = True) -> bool:
    """Suspend the portal and tell its owners why. Return whether it was active.

    Visitors and team see a notice without the reason, and the portal's jobs wait. With `tells=False` the caller
    writes to the owners.
    """
    with transaction.atomic():
        if not _move(organization, State.ACTIVE, State.SUSPENDED, Act.SUSPENDED, reason):
            return False
        if tells:
            tell_suspended(organization=organization)
        return True


def organization_activate(*, organization: Organization) -> bool:
    """Reactivate the portal and tell its owners. Return whether it was suspended."""
    with transaction.atomic():
        if not _move(organization, State.SUSPENDED, State.ACTIVE, Act.ACTIVATED):
            return False
        tell_reopened(organization=organization)
        return True


def _move(organization: Organization, before: str, after: str, act: Act, reason: str = "") -> bool:
    locked = Organization.objects.select_for_update().get(pk=organization.pk)
    if locked.state != before:
        return False
    locked.state = organization.state = after
    locked.suspension_reason = organization.suspension_reason = reason
    locked.save(
        update_fields=["state", "suspension_reason"]
    )  # its signal makes every process forget the portal's hosts
    organization_record(organization, act, detail=reason)
    return True
