"""Tells owners of before there was one log-in where they log in now."""

from __future__ import annotations

from django_tenants.utils import get_public_schema_name, schema_context

from bandstand.accounts.models import User
from bandstand.teams.job_kinds import TELL_OWNERS, TellOwners
from bandstand.teams.owner_mails import tell_one_log_in
from bandstand_worker.registry import handles
from bandstand_worker.run import Run


@handles(TELL_OWNERS)
def tell_owners(_payload: TellOwners, run: Run) -> dict[str, int]:
    """Mail each owner once, however many portals they have."""
    with schema_context(get_public_schema_name()):
        owners = list(User.objects.filter(organizations=run.organization, is_active=True))
    for owner in owners:
        tell_one_log_in(organization=run.organization, owner=owner)
    return {"owners": len(owners)}
