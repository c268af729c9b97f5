"""Who plays at a gig, and in which order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import time

from django.db import transaction

from bandstand.bands.models import Band
from bandstand.gigs.appearances import Appearance
from bandstand.gigs.models import Gig


def line_up_set(*, gig: Gig, bands: Sequence[Band]) -> list[Appearance]:
    """Replace the gig's line-up with `bands` in this order, headliner first, and return it."""
    with transaction.atomic():
        gig.appearances.exclude(band__in=bands).delete()
        Appearance.objects.bulk_create(
            [Appearance(gig=gig, band=band, position=position) for position, band in enumerate(bands)],
            update_conflicts=True,
            unique_fields=["gig", "band"],
            update_fields=["position"],
        )
        return list(gig.appearances.select_related("band"))


def line_ups_set(*, bands: Mapping[int, Sequence[int]], times: Mapping[int, Mapping[int, time]]) -> None:
    """Replace the line-ups of many gigs, all by their keys. `times`: when bands go on stage.

    Who stays isn't taken out first: calendars would be told.
    """
    with transaction.atomic():
        present = Appearance.objects.filter(gig_id__in=bands).values_list("pk", "gig_id", "band_id")
        gone = [pk for pk, gig, band in present if band not in bands[gig]]
        if gone:
            Appearance.objects.filter(pk__in=gone).delete()
        Appearance.objects.bulk_create(
            (
                Appearance(gig_id=gig, band_id=band, position=position, on_stage_at=times[gig].get(band))
                for gig, line_up in bands.items()
                for position, band in enumerate(line_up)
            ),
            update_conflicts=True,
            unique_fields=["gig", "band"],
            update_fields=["position", "on_stage_at"],
        )
