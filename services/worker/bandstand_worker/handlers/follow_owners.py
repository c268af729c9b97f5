"""Lets a team follow what became of the portal's owners while the portal took nothing in."""

from __future__ import annotations

from django_tenants.utils import get_public_schema_name, schema_context

from bandstand.accounts.models import User
from bandstand.organizations.owners import owners_derive
from bandstand.teams.job_kinds import FOLLOW_OWNERS, FollowOwners
from bandstand_worker.registry import handles
from bandstand_worker.run import Run


@handles(FOLLOW_OWNERS)
def follow_owners(payload: FollowOwners, run: Run) -> None:
    """Derive the team's owners, and end the sessions of those whose password changed meanwhile."""
    with schema_context(get_public_schema_name()):
        ended = list(User.objects.filter(pk__in=payload.ended).values_list("email", flat=True))
    owners_derive(run.organization, end_sessions_of=ended)
