"""The organization whose schema is entered."""

from __future__ import annotations

from django_tenants.utils import get_public_schema_name

from bandstand.database.connection import connection
from bandstand.organizations.models import Organization


class NoOrganizationError(RuntimeError):
    """The schema that is entered is the platform's."""


def current_organization() -> Organization:
    """Return the tenant that the current schema belongs to. Raises NoOrganizationError on the platform."""
    tenant = connection.tenant
    if isinstance(tenant, Organization):
        return tenant
    if connection.schema_name == get_public_schema_name():
        raise NoOrganizationError
    found = Organization.objects.filter(schema_name=connection.schema_name).first()
    if found is None:
        raise NoOrganizationError
    return found
