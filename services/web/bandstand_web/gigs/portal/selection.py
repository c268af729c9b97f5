"""The gigs that other programs and websites get: all of a portal, or those of one band."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from bandstand.bands.models import Band
from bandstand.gigs.models import Gig, GigQuerySet
from bandstand_web.requests import PortalRequest


@dataclass(frozen=True)
class Selection:
    """The published ones, whose they are, and the address of the page that shows them here."""

    name: str
    page: str
    gigs: GigQuerySet


def selected(request: PortalRequest, band: Band | None) -> Selection:
    """Return the gigs of `band`, or of the portal. Costs no query."""
    gigs, name, path = Gig.objects.published(), request.organization.name, reverse("gigs")
    if band:
        gigs, name, path = gigs.of_band(band), band.name, band.get_absolute_url()
    return Selection(name, request.organization.url(path), gigs)
