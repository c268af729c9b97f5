"""The gigs that other programs and websites get: all of a portal, or those of one band or tour."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.db.models import Exists, OuterRef
from django.urls import reverse

from bandstand.bands.models import Band
from bandstand.gigs.models import Gig, GigQuerySet
from bandstand.gigs.timing import Precision
from bandstand.gigs.withdrawn import WithdrawnGig, WithdrawnGigQuerySet
from bandstand.tours.models import Tour
from bandstand_web.requests import PortalRequest


@dataclass(frozen=True)
class Selection:
    """The published ones, whose they are, and the address of the page that shows them here."""

    name: str
    page: str
    gigs: GigQuerySet
    told_gone: WithdrawnGigQuerySet

    def in_town(self, town: str) -> Selection:
        """Return the part of it that is in `town`."""
        gigs, told_gone = self.gigs.in_town(town), self.told_gone.filter(town__iexact=town)
        return replace(self, gigs=gigs, told_gone=told_gone, name=f"{self.name} ({town})")

    @property
    def withdrawn(self) -> WithdrawnGigQuerySet:
        """Those that its calendar had and has no more, each once. One that came back is there by its gig."""
        here = self.gigs.exclude(precision=Precision.MONTH).filter(uid=OuterRef("gig"))
        return self.told_gone.exclude(Exists(here)).each_once()


def selected(request: PortalRequest, of: Band | Tour | None) -> Selection:
    """Return the gigs of a band or a tour, or of the portal. Costs no query."""
    gigs, name, path = Gig.objects.published(), request.organization.name, reverse("gigs")
    if of:
        gigs = gigs.of_tour(of) if isinstance(of, Tour) else gigs.of_band(of)
        name, path = of.name, of.get_absolute_url()
    told_gone = WithdrawnGig.objects.in_calendar(of.uid if of else None)
    return Selection(name, request.organization.url(path), gigs, told_gone)
