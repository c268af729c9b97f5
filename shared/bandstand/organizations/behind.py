"""Whether a portal is behind this code, so that its tables can't be used until it is migrated."""

from __future__ import annotations

import functools
import hashlib

from django.db.migrations.loader import MigrationLoader

from bandstand.accounts import roles
from bandstand.organizations.models import Organization


@functools.cache
def migrations_digest() -> str:
    """Return a digest of this code's migrations and roles, which identifies the schema; constant in a process."""
    graph = MigrationLoader(None).graph
    text = repr(sorted(graph.nodes)) + repr(roles.permissions())
    return hashlib.sha256(text.encode()).hexdigest()


def is_behind(organization: Organization) -> bool:
    """Whether the organization's schema lacks migrations of this code, as of the last `migrate`."""
    return bool(organization.lacks_migrations) and organization.lacks_migrations == migrations_digest()


def takes_rows(organization: Organization) -> bool:
    """Whether this code can write to the portal's tables here and now."""
    return not (organization.is_read_only or organization.is_elsewhere or is_behind(organization))
