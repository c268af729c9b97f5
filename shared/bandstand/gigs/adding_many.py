"""Adds many gigs at once: dates with what they have in common."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from bandstand.bands.models import Band
from bandstand.gigs.appearances import Appearance
from bandstand.gigs.models import Gig
from bandstand.tours.models import Tour


@dataclass(frozen=True)
class PlannedGig:
    """When and where a gig will be. Moments are aware."""

    starts_at: datetime
    doors_at: datetime | None
    ends_at: datetime | None
    venue: str
    address: str
    town: str
    time_zone: str


def gigs_add_many(
    *, dates: Sequence[PlannedGig], bands: Sequence[Band], shared: Mapping[str, Any], new_tour: str = "", publish: bool
) -> list[Gig]:
    """Store a gig for each of `dates`, all or none, and return them: of more than one, a series.

    `shared` are values that all of them get; `new_tour` is the name of a tour that is made for them.
    """
    with transaction.atomic():
        if new_tour:
            shared = {**shared, "tour": Tour.objects.create(name=new_tour, is_published=publish)}
        series = uuid.uuid4() if len(dates) > 1 else None
        gigs = [Gig(**vars(each), **shared, series=series) for each in dates]
        for gig in gigs:
            if publish:
                gig.publish()
            gig.save()
        Appearance.objects.bulk_create(
            Appearance(gig=gig, band=band, position=position) for gig in gigs for position, band in enumerate(bands)
        )
        return gigs
