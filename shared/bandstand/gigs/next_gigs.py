"""The next gig of each of many bands."""

from __future__ import annotations

from collections.abc import Iterable

from bandstand.bands.models import Band
from bandstand.gigs.models import Appearance, Gig


def next_gigs(bands: Iterable[Band]) -> dict[int, Gig]:
    """Return each band's next published gig, by the band's id, without cancelled and postponed ones. One query."""
    gigs = Gig.objects.published().taking_place().upcoming()
    appearances = (
        Appearance.objects.filter(band__in=[band.pk for band in bands], gig__in=gigs.order_by().values("pk"))
        .select_related("gig")
        .order_by("band_id", "gig__starts_at", "gig_id")
        .distinct("band_id")
    )
    found = {appearance.band_id: appearance.gig for appearance in appearances}
    for gig in found.values():
        if gig.is_private:
            gig.hide_place()
    return found
