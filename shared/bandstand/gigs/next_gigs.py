"""The next gig of each of many bands."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import F

from bandstand.bands.models import Band
from bandstand.gigs.models import Gig

# What a poster tells of a gig, a fifth of its columns.
_TOLD = ("title", "slug", "starts_at", "ends_at", "precision", "time_zone", "venue", "town", "is_private")


def next_gigs(bands: Iterable[Band]) -> dict[int, Gig]:
    """Return each band's next published gig, by the band's id, without cancelled and postponed ones. One query."""
    coming = Gig.objects.published().taking_place().upcoming().without_private_places()
    played = coming.filter(appearances__band__in=[band.pk for band in bands]).annotate(band_pk=F("appearances__band"))
    first = played.order_by("band_pk", "starts_at", "pk").distinct("band_pk").only(*_TOLD)
    return {gig.band_pk: gig for gig in first}  # type: ignore[attr-defined] # annotated
