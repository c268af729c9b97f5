"""What a new portal still lacks, read from what is there."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bandstand.accounts.models import User
from bandstand.bands.models import Band
from bandstand.gigs.models import Gig
from bandstand.media.models import Picture
from bandstand.portals.models import DEFAULT_ACCENT, PortalSettings


@dataclass(frozen=True)
class Step:
    """One thing to do, and whether it is done."""

    text: Promise | str
    done: bool
    href: str


def getting_started() -> list[Step]:
    """Return the steps from an empty portal to one that visitors enjoy; a handful of cheap queries."""
    settings = PortalSettings.objects.current()
    band = Band.objects.first()
    photos = reverse("backstage:band_photos", args=[band.pk]) if band else reverse("backstage:band_add")
    return [
        Step(_("Add your first band"), band is not None, reverse("backstage:band_add")),
        Step(_("Give it a photo"), Picture.objects.exists(), photos),
        Step(_("Publish it"), Band.objects.published().exists(), reverse("backstage:bands")),
        Step(_("Publish a gig"), Gig.objects.published().exists(), reverse("backstage:gig_add")),
        Step(_("Choose your colour"), settings.accent != DEFAULT_ACCENT, reverse("backstage:settings")),
        Step(_("Invite your team"), User.objects.count() > 1, reverse("backstage:team")),
    ]
