"""Where a gig is on the operator's choice of map, as links: a page loads nothing from there."""

from __future__ import annotations

from urllib.parse import quote

from django.conf import settings

from bandstand.gigs.models import Gig

_PLACE = "{place}"


def map_url(gig: Gig) -> str:
    """Return the address of the map with the gig's place; "" without a map, or if the place isn't told."""
    return _at(settings.MAP_URL, gig)


def directions_url(gig: Gig) -> str:
    """Return the address of the way there; "" likewise."""
    return _at(settings.DIRECTIONS_URL, gig)


def _at(pattern: str, gig: Gig) -> str:
    if not gig.venue or not gig.town:
        return ""
    place = gig.place
    if place is not None and place.latitude is not None and place.longitude is not None:
        return pattern.replace(_PLACE, quote(f"{place.latitude},{place.longitude}"))
    street = gig.address or (place.street if place else "")
    return pattern.replace(_PLACE, quote(", ".join([street or gig.venue, gig.town])))
