"""Records acts on a whole portal in two security logs: the portal's own and the platform's."""

from __future__ import annotations

from django.db import transaction
from django_tenants.utils import get_public_schema_name, schema_context

from bandstand.audit.acting import Actor
from bandstand.audit.models import Act
from bandstand.audit.recording import record
from bandstand.organizations.behind import takes_rows
from bandstand.organizations.models import Organization


@transaction.atomic
def organization_record(organization: Organization, act: Act, *, detail: str = "", by: Actor | None = None) -> None:
    """Write an entry to both logs or to neither; only to the platform's while the portal takes nothing in.

    `by` is the actor where the request doesn't know it.
    """
    logs = [(get_public_schema_name(), organization.slug)]
    if takes_rows(organization):
        logs.append((organization.schema_name, ""))
    for schema, target in logs:
        with schema_context(schema):
            record(act, target=target, detail=detail, by=by)
