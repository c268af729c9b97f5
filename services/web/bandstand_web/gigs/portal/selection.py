"""The gigs that other programs and websites get: all of a portal, or those of one band or tour."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from bandstand.bands.models import Band
from bandstand.gigs.models import Gig, GigQuerySet
from bandstand.tours.models import Tour
from bandstand_web.requests import PortalRequest


@dataclass(frozen=True)
class Selection:
    """The published ones, whose they are, and the address of the page that shows them here."""

    name: str
    page: str
    gigs: GigQuerySet


def selected(request: PortalRequest, of: Band | Tour | None) -> Selection:
    """Return the gigs of a band or a tour, or of the portal. Costs no query."""
    gigs, name, path = Gig.objects.published(), request.organization.name, reverse("gigs")
    if of:
        gigs = gigs.of_tour(of) if isinstance(of, Tour) else gigs.of_band(of)
        name, path = of.name, of.get_absolute_url()
    return Selection(name, request.organization.url(path), gigs)
