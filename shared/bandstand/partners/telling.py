"""What another portal is told of a gig, as it is kept in `public`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bandstand.bands.models import Band
from bandstand.calendars.bounds import MAX_EVENTS
from bandstand.calendars.events import RowEvent
from bandstand.gigs.models import Gig, GigQuerySet
from bandstand.gigs.outlets import told_of
from bandstand.gigs.timing import Precision
from bandstand.listings.models import SentGig

_TEXTS = ("title", "venue", "address", "town", "precision", "status", "ticket_url", "notes")
_MOMENTS = ("starts_at", "ends_at", "on_sale_at")


def gigs_for_partners(band: Band) -> GigQuerySet:
    """Return the gigs of `band` that partners get: those to come that visitors see, with a day, and not private."""
    gigs = Gig.objects.published().upcoming().of_band(band).filter(is_private=False)
    return gigs.exclude(precision=Precision.MONTH).for_visitors().select_related("place")[:MAX_EVENTS]


def told_to_partners(gig: Gig) -> dict[str, Any]:
    """Return what is told of a gig, as JSON: nothing that visitors don't see."""
    cells = {name: str(getattr(gig, name)) for name in _TEXTS}
    cells |= {name: _moment(getattr(gig, name)) for name in _MOMENTS}
    about = {"country": gig.place.country.code, "postcode": gig.place.postcode} if gig.place else {}
    return {
        "cells": {**cells, "is_free": "1" if gig.is_free else "0"},
        "bands": [band.name for band in gig.line_up],
        "zone": gig.time_zone,
        "venue": {name: value for name, value in about.items() if value},
        "shown": told_of(gig),
    }


def event_of(sent: SentGig) -> RowEvent:
    """Return the gig as an event that is compared with the portal's own gigs."""
    told = sent.told
    return RowEvent(
        uid=str(sent.gig), cells=told["cells"], bands=tuple(told["bands"]), zone=told["zone"], venue=told["venue"]
    )


def _moment(moment: datetime | None) -> str:
    return moment.astimezone(UTC).isoformat(" ", "minutes") if moment else ""
