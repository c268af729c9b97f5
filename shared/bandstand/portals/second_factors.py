"""Which roles an organization asks for a second step at log-in."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from bandstand.accounts.roles import ROLES
from bandstand.audit.models import Act
from bandstand.audit.recording import record
from bandstand.portals.models import PortalSettings


@transaction.atomic
def second_factor_demand(*, roles: Collection[str]) -> PortalSettings:
    """Return the current tenant's settings with a second step demanded of `roles`, and of no others."""
    portal = PortalSettings.objects.current()
    wanted = [role for role in ROLES if role in roles]
    if wanted != portal.second_factor_roles:
        portal.second_factor_roles = wanted
        portal.save(update_fields=["second_factor_roles"])
        record(Act.FACTORS_DEMANDED, detail=", ".join(wanted))
    return portal
