"""Records acts on a whole portal in two security logs: the portal's own and the platform's."""

from __future__ import annotations

from django.db import transaction
from django_tenants.utils import get_public_schema_name, schema_context

from bandstand.audit.models import Act
from bandstand.audit.recording import record
from bandstand.organizations.models import Organization


@transaction.atomic
def organization_record(organization: Organization, act: Act, *, detail: str = "") -> None:
    """Write an entry to both logs or to neither; only to the platform's while the portal is read-only."""
    logs = [(get_public_schema_name(), organization.slug)]
    if not organization.is_read_only and not organization.is_elsewhere:
        logs.append((organization.schema_name, ""))
    for schema, target in logs:
        with schema_context(schema):
            record(act, target=target, detail=detail)
