"""The dates of tours: how many gigs each has, and when it begins and ends."""

from __future__ import annotations

from django.db.models import Count, F, Max, Min, OuterRef, Subquery

from bandstand.gigs.models import Gig, GigQuerySet
from bandstand.tours.models import Tour, TourQuerySet


def with_dates(tours: TourQuerySet, gigs: GigQuerySet) -> TourQuerySet:
    """Return `tours` with `gig_count`, `first_at` and `last_at` of those of their gigs that are among `gigs`."""
    own = gigs.order_by().filter(tour=OuterRef("pk")).values("tour")
    return tours.annotate(
        gig_count=Subquery(own.annotate(found=Count("pk")).values("found")),
        first_at=Subquery(own.annotate(found=Min("starts_at")).values("found")),
        last_at=Subquery(own.annotate(found=Max("starts_at")).values("found")),
    )


def tours_going_on() -> TourQuerySet:
    """Return the published tours with gigs to come that visitors see, the first first."""
    return _seen().filter(pk__in=_tours_of(Gig.objects.published().upcoming())).order_by(F("first_at"), "pk")


def tours_over() -> TourQuerySet:
    """Return the published tours whose gigs are over, the latest first."""
    upcoming = _tours_of(Gig.objects.published().upcoming())
    with_gigs = _seen().filter(pk__in=_tours_of(Gig.objects.published()))
    return with_gigs.exclude(pk__in=upcoming).order_by(F("last_at").desc(), "-pk")


def _seen() -> TourQuerySet:
    return with_dates(Tour.objects.published(), Gig.objects.published())


def _tours_of(gigs: GigQuerySet) -> GigQuerySet:
    return gigs.order_by().filter(tour__isnull=False).values("tour")  # type: ignore[return-value] # of dicts
