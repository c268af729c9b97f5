"""The next gig of each of many bands."""

from __future__ import annotations

from collections.abc import Iterable

from bandstand.bands.models import Band
from bandstand.gigs.models import Appearance, Gig

# What a poster tells of a gig, a fifth of its columns.
_TOLD = ("title", "slug", "starts_at", "ends_at", "precision", "time_zone", "venue", "town", "is_private")


def next_gigs(bands: Iterable[Band]) -> dict[int, Gig]:
    """Return each band's next published gig, by the band's id, without cancelled and postponed ones. One query."""
    gigs = Gig.objects.published().taking_place().upcoming()
    appearances = (
        Appearance.objects.filter(band__in=[band.pk for band in bands], gig__in=gigs.order_by().values("pk"))
        .select_related("gig")
        .only("band_id", *(f"gig__{name}" for name in _TOLD))
        .order_by("band_id", "gig__starts_at", "gig_id")
        .distinct("band_id")
    )
    found = {appearance.band_id: appearance.gig for appearance in appearances}
    for gig in found.values():
        if gig.is_private:
            gig.hide_place()
    return found
