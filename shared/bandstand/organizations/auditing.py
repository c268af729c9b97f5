"""What is done to a portal as a whole, in two logs: the portal's own and the platform's."""

from __future__ import annotations

from django.db import transaction
from django_tenants.utils import get_public_schema_name, schema_context

from bandstand.audit.models import Act
from bandstand.audit.recording import record
from bandstand.organizations.models import Organization


@transaction.atomic
def organization_record(organization: Organization, act: Act, *, detail: str = "") -> None:
    """Write a line into both logs, or into neither; into the platform's alone while the portal's takes nothing in."""
    logs = [(get_public_schema_name(), organization.slug)]
    if not organization.is_read_only and not organization.is_elsewhere:
        logs.append((organization.schema_name, ""))
    for schema, target in logs:
        with schema_context(schema):
            record(act, target=target, detail=detail)
