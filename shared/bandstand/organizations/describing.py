"""Changes an organization's name, language and time zone from inside its portal."""

from __future__ import annotations

from django.db import transaction
from django_tenants.utils import get_public_schema_name, schema_context

from bandstand.organizations.models import Organization


@transaction.atomic
def organization_describe(*, organization: Organization, name: str, language: str, time_zone: str) -> Organization:
    """Return the organization with a new name, language and time zone. Raises ValidationError.

    The row is in `public`; the caller may be in the organization's schema.
    """
    organization.name, organization.language, organization.time_zone = name, language, time_zone
    with schema_context(get_public_schema_name()):
        organization.full_clean()
        organization.save(update_fields=["name", "language", "time_zone"])
    return organization
