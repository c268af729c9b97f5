"""Values of gigs as people read them where changes are listed."""

from __future__ import annotations

from datetime import time

from bandstand.content.showing_values import shown_value
from bandstand.gigs.models import Gig
from bandstand.gigs.showing_times import clock_time

_OF_THE_PORTAL = {"publish_at"}


def gig_value(gig: Gig, name: str) -> str:
    """Return a field's value; times are those on the clock of the place, but for when it appears."""
    value = getattr(gig, name)
    if isinstance(value, time):
        return clock_time(value)
    return shown_value(gig, name, zone=None if name in _OF_THE_PORTAL else gig.zone)
