"""Sets which roles need two-step verification at log-in."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from bandstand.accounts.roles import ROLES
from bandstand.audit.models import Act
from bandstand.audit.recording import record
from bandstand.portals.models import PortalSettings


@transaction.atomic
def second_factor_demand(*, roles: Collection[str]) -> PortalSettings:
    """Require two-step verification for exactly these roles, and return the current tenant's settings."""
    portal = PortalSettings.objects.current()
    wanted = [role for role in ROLES if role in roles]
    if wanted != portal.second_factor_roles:
        portal.second_factor_roles = wanted
        portal.save(update_fields=["second_factor_roles"])
        record(Act.FACTORS_DEMANDED, detail=", ".join(wanted))
    return portal
