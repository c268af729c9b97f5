"""The gigs that a portal has, as an import recognizes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.utils.formats import date_format

from bandstand.gigs.models import Gig


@dataclass
class KnownGig:
    """A gig of the portal, as rows are recognized by it."""

    key: int
    start: datetime  # on the clock of the place
    venue: str
    title: str
    told: tuple[str, str, str]  # title, venue and slug as they are written
    is_trashed: bool = False
    bands: set[int] = field(default_factory=set)

    @property
    def label(self) -> str:
        """What tells it apart from others for people."""
        title, venue, slug = self.told
        words = [date_format(self.start, "SHORT_DATETIME_FORMAT"), title, venue, Gig(slug=slug).get_absolute_url()]
        return ", ".join(filter(None, words))
