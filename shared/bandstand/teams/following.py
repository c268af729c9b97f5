"""Owners of a portal whose team can't be written here and now: a job brings it in line, here or in another cell."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import F
from django.dispatch import receiver
from django_tenants.utils import get_public_schema_name, schema_context

from bandstand.accounts.models import User
from bandstand.jobs.enqueueing import enqueue
from bandstand.organizations.models import Organization
from bandstand.organizations.owners import owner_removed_here, owners_changed_elsewhere
from bandstand.teams.job_kinds import CARRY_OWNERS, CarryOwners


def owners_carry_later(organization: Organization, *, end_sessions_of: Collection[str] = ()) -> None:
    """Have the owners as they are then brought to where the portal lives, in the caller's transaction."""
    with schema_context(get_public_schema_name()):
        Organization.objects.filter(pk=organization.pk).update(owners_version=F("owners_version") + 1)
        ended = list(User.objects.filter(email__in=end_sessions_of).order_by("pk").values_list("pk", flat=True))
        enqueue(CARRY_OWNERS, CarryOwners(organization.pk, ended=ended), organization=None)


def removal_key(organization: Organization, account: User | None = None) -> str:
    """Return the key of the job that tells of `account`'s removal, or how those of all accounts begin."""
    return f"removed:{organization.pk}:{account.pk if account else ''}"


@receiver(owners_changed_elsewhere)
def _follow_later(organization: Organization, end_sessions_of: Collection[str], **_kwargs: Any) -> None:
    if organization.owners_cell or organization.state == Organization.State.ARRIVING:
        return  # another cell decides, and says so where the portal lives
    owners_carry_later(organization, end_sessions_of=end_sessions_of)


@receiver(owner_removed_here)
def _tell_later(organization: Organization, account: User, **_kwargs: Any) -> None:
    with schema_context(get_public_schema_name()):
        enqueue(
            CARRY_OWNERS,
            CarryOwners(organization.pk, removed=[account.pk]),
            organization=None,
            key=removal_key(organization, account),
        )
