"""The checklist for a new portal, derived from its contents."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bandstand.accounts.models import User
from bandstand.bands.models import Band
from bandstand.gigs.models import Gig
from bandstand.media.models import Picture
from bandstand.portals.designed_themes import POSTER
from bandstand.portals.models import DEFAULT_ACCENT, PortalSettings


@dataclass(frozen=True)
class FirstStep:
    """One task, whether it is done, and the permission it requires."""

    text: Promise | str
    done: bool
    href: str
    permission: str


def getting_started(user: User) -> list[FirstStep]:
    """Return the steps for setting up a portal that `user` has permission for.

    Empty when all are done. Costs a handful of cheap queries.
    """
    steps = [step for step in _steps() if user.has_perm(step.permission)]
    return [] if all(step.done for step in steps) else steps


def _steps() -> list[FirstStep]:
    settings = PortalSettings.objects.current()
    band = Band.objects.order_by("pk").first()
    of_band = [band.pk] if band else []
    add_band = reverse("backstage:band_add")
    photos = reverse("backstage:band_photos", args=of_band) if band else add_band
    publish = reverse("backstage:band_edit", args=of_band) if band else add_band
    has_published = Band.objects.published().exists()
    return [
        FirstStep(_("Add your first band"), band is not None, add_band, "bands.add_band"),
        FirstStep(_("Add a photo"), Picture.objects.exists(), photos, "bands.change_band"),
        FirstStep(_("Publish the band"), has_published, publish, "bands.change_band"),
        FirstStep(_("Publish a gig"), Gig.objects.published().exists(), reverse("backstage:gig_add"), "gigs.add_gig"),
        FirstStep(
            _("Choose your colour"),
            settings.accent != DEFAULT_ACCENT or settings.theme != POSTER,
            reverse("backstage:design"),
            "portals.change_portalsettings",
        ),
        FirstStep(_("Invite your team"), User.objects.count() > 1, reverse("backstage:team"), "teams.add_invitation"),
    ]
