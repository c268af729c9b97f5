"""Copies of a gig: the same evening on another day, as a draft."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from bandstand.content.moments import place_in_zone
from bandstand.gigs.appearances import Appearance
from bandstand.gigs.models import Gig
from bandstand.gigs.series import CLOCKS
from bandstand.gigs.statuses import OF_TEAM, Status

# What another gig at the same place is like. Whether it takes place, and what was agreed for it, isn't among that.
COPIED = (
    *("title", "venue", "address", "town", "time_zone", "precision", "is_private", "tour", "notes", "access_notes"),
    *("price", "price_from", "price_to", "currency", "is_free", "age_limit", "contact", "load_in_at", "soundcheck_at"),
)


def copy_plan(gig: Gig, day: date) -> Gig:
    """Return a copy on `day`, unsaved, with the same times on the clock of the place. Raises Unreadable."""
    start = gig.local_start
    values: dict[str, Any] = {name: getattr(gig, name) for name in COPIED}
    for name in CLOCKS:
        moment: datetime | None = getattr(gig, name)
        if moment is not None:
            local = moment.astimezone(gig.zone)
            there = day + (local.date() - start.date())
            values[name] = place_in_zone(datetime.combine(there, local.time()), gig.zone)
    # What became of the one says nothing of the other.
    status = gig.status if gig.status in OF_TEAM else Status.SCHEDULED
    made = Gig(**values, status=status, option=gig.option if status == Status.HOLD else None)
    for name in set(COPIED).intersection(Gig.translated_fields):
        made.set_versions(name, gig.versions_of(name))
    return made


def gig_copies_add(*, gig: Gig, days: Sequence[date], bands: Collection[int] | None) -> list[Gig]:
    """Store a copy for each day, all or none, and return them: of more than one, a series.

    `bands` are those of the line-up that the copies get, None for all. Raises Unreadable.
    """
    line_up = [each for each in gig.appearances.all() if bands is None or each.band_id in bands]
    series = uuid.uuid4() if len(days) > 1 else None
    with transaction.atomic():
        made = [copy_plan(gig, day) for day in days]
        for each in made:
            each.series = series
            each.save()
        Appearance.objects.bulk_create(
            Appearance(gig=each, band_id=place.band_id, position=place.position, on_stage_at=place.on_stage_at)
            for each in made
            for place in line_up
        )
        return made
