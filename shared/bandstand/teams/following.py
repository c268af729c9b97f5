"""Owners of a portal that takes nothing in for a while: its team follows once it does."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.dispatch import receiver
from django_tenants.utils import get_public_schema_name, schema_context

from bandstand.accounts.models import User
from bandstand.jobs.enqueueing import enqueue
from bandstand.organizations.models import Organization
from bandstand.organizations.owners import owners_changed_elsewhere
from bandstand.teams.job_kinds import FOLLOW_OWNERS, FollowOwners


@receiver(owners_changed_elsewhere)
def _follow_later(organization: Organization, end_sessions_of: Collection[str], **_kwargs: Any) -> None:
    if organization.state != Organization.State.MOVING:
        return
    with schema_context(get_public_schema_name()):
        ended = list(User.objects.filter(email__in=end_sessions_of).order_by("pk").values_list("pk", flat=True))
        enqueue(FOLLOW_OWNERS, FollowOwners(ended), organization=organization)
