"""A portal's icons: what they are made of, when they are made anew, and where they stand.

The worker draws them from the logo, or from the name's initial in the brand's colour (ADR 76). They stand in one folder
of a random name, which is what changes in their addresses.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from bandstand.jobs.enqueueing import enqueue
from bandstand.media.models import Picture
from bandstand.organizations.current import NoOrganizationError, current_organization
from bandstand.organizations.models import Organization
from bandstand.portals.job_kinds import MAKE_ICONS, MakeIcons
from bandstand.portals.models import PortalSettings

_DRAWN_AS = 1  # raise it when the worker draws them otherwise; the night makes all of them anew
FONTS = [Path(__file__).parent / "fonts" / f"bricolage-grotesque-{part}.woff2" for part in ("latin", "latin-ext")]


@dataclass(frozen=True)
class IconSource:
    """What icons are made of: a logo that is ready, or the first of `letters` that our font has."""

    letters: str
    fill: str
    lettering: str
    logo: Picture | None

    @property
    def mark(self) -> str:
        """Tells icons of this source from those of any other."""
        return f"{_DRAWN_AS}:{self.fill}:{self.logo.pk if self.logo else self.letters}"


def icon_source(settings: PortalSettings, organization: Organization) -> IconSource:
    """Return what icons of the portal would be made of now."""
    logo = settings.logo if settings.logo and settings.logo.is_ready else None
    named = next((letter for letter in organization.name if letter.isalnum()), "")
    letters = "".join(letter.upper()[0] for letter in (named, organization.slug[0]) if letter)
    return IconSource(letters, settings.palette.fill, settings.palette.lettering, logo)


def icons_request(settings: PortalSettings, organization: Organization) -> None:
    """Have icons made unless those of the current logo, name and colour are there."""
    if icon_source(settings, organization).mark != settings.icons_of:
        icons_request_anyway(organization)


def icons_request_anyway(organization: Organization) -> None:
    """Have the worker look whether icons are to be made; for callers that stand outside of the portal's schema."""
    enqueue(MAKE_ICONS, MakeIcons(), organization=organization, key="icons")


def icons_of_logo_request(picture_id: int, organization: Organization) -> None:
    """Have icons made if this picture is ready and the portal's logo."""
    wearing = PortalSettings.objects.filter(logo=picture_id, logo__state=Picture.State.READY)
    for settings in wearing.select_related("logo"):
        icons_request(settings, organization)


@receiver(post_save, sender=PortalSettings)
def _settings_changed(instance: PortalSettings, created: bool, **_kwargs: Any) -> None:
    if created:  # by whoever looked first; the sign-up had icons made
        return
    try:
        icons_request(instance, current_organization())
    except NoOrganizationError:  # the template's schema
        return


@receiver(post_save, sender=Organization)
def _organization_changed(instance: Organization, created: bool, update_fields: Any = None, **_kwargs: Any) -> None:
    if created or not instance.is_active or (update_fields is not None and "name" not in update_fields):
        return
    icons_request_anyway(instance)
