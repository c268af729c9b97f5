"""Caches a portal's settings for its pages, without a query while nothing has changed."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from bandstand.organizations.current import NoOrganizationError, current_organization
from bandstand.organizations.models import Organization
from bandstand.portals.models import PortalSettings
from bandstand.tenancy.resolution import announce_change

_KEY = "portal_settings"


def portal_settings(organization: Organization) -> PortalSettings:
    """Return the settings of `organization`, whose schema is current. Read-only, as threads share the object.

    They are cached as long as the organization itself, see `bandstand.tenancy.resolution`. Cacheable pages never
    get outdated settings, even if the announcement of a change hasn't arrived yet.
    """
    remembered, wanted = organization.remembered, organization.content_version
    version, found = remembered.get(_KEY, (b"", None))
    if isinstance(found, PortalSettings) and wanted in {b"", version}:
        return found
    current = PortalSettings.objects.current()
    # Don't cache while a picture is being processed, as its completion isn't announced.
    if all(picture is None or picture.state != picture.State.WAITING for picture in (current.logo, current.picture)):
        remembered[_KEY] = (wanted, current)
    return current


@receiver(post_save, sender=PortalSettings)
def _settings_changed(**_kwargs: Any) -> None:
    try:
        announce_change(current_organization().pk)
    except NoOrganizationError:  # the template's schema, which has no visitors
        return
