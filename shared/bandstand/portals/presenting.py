"""Caches a portal's settings for its pages, without a query while nothing has changed."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models.signals import post_save
from django.dispatch import receiver

from bandstand.content.shown_language import shown_language
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
    key = f"{_KEY}:{shown_language()}"  # what is read for a page in another language says its texts in that
    version, found = remembered.get(key, (b"", None))
    if isinstance(found, PortalSettings) and wanted in {b"", version}:
        return found
    current = PortalSettings.objects.current()
    # Don't cache while a picture is being processed, as its completion isn't announced.
    if all(picture is None or picture.state != picture.State.WAITING for picture in (current.logo, current.picture)):
        remembered[key] = (wanted, current)
    return current


def further_languages(organization: Organization) -> tuple[str, ...]:
    """Return the codes of the languages in which contents are told besides the main one, as menus list them."""
    chosen = portal_settings(organization).languages
    if not chosen:
        return ()
    return tuple(code for code, _name in settings.LANGUAGES if code in chosen and code != organization.language)


@receiver(post_save, sender=PortalSettings)
def _settings_changed(**_kwargs: Any) -> None:
    try:
        announce_change(current_organization().pk)
    except NoOrganizationError:  # the template's schema, which has no visitors
        return
