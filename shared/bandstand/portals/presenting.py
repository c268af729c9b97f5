"""The looks of a portal on every page of it, without a query while nothing changed."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from bandstand.organizations.current import NoOrganizationError, current_organization
from bandstand.organizations.models import Organization
from bandstand.organizations.resolution import announce_change
from bandstand.portals.models import PortalSettings

_KEY = "portal_settings"


def portal_settings(organization: Organization) -> PortalSettings:
    """Return the settings of `organization`, whose schema is entered; to be read only, other threads have them too.

    They are remembered as long as the organization itself, see `bandstand.organizations.resolution`. A page that is to
    be kept gets none from before the last change: the announcement of that may still be under way.
    """
    remembered, wanted = organization.remembered, organization.content_version
    version, found = remembered.get(_KEY, (b"", None))
    if isinstance(found, PortalSettings) and wanted in {b"", version}:
        return found
    current = PortalSettings.objects.current()
    # A logo that is being prepared will be there in a moment, and nobody announces that.
    if current.logo is None or current.logo.state != current.logo.State.WAITING:
        remembered[_KEY] = (wanted, current)
    return current


@receiver(post_save, sender=PortalSettings)
def _settings_changed(**_kwargs: Any) -> None:
    try:
        announce_change(current_organization().pk)
    except NoOrganizationError:  # the template's own schema, which nobody visits
        return
