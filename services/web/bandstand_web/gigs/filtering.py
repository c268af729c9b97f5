"""Leaves the gigs of one band or in one town in a list, by two selects that offer those there are."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest

from bandstand.bands.models import Band, BandQuerySet
from bandstand.content.names import name_key
from bandstand.gigs.models import Appearance, GigQuerySet

TOWN = r"[^\x00-\x1f\x7f]{1,120}"


@dataclass(frozen=True)
class GigFilter:
    """What can be chosen, and what is: `band` a slug, `town` as it is written in the address."""

    bands: list[Band]
    towns: list[str]
    band: str
    town: str
    for_team: bool

    @classmethod
    def of(cls, request: HttpRequest, gigs: GigQuerySet, bands: BandQuerySet, *, for_team: bool = False) -> GigFilter:
        """Return the filter of `gigs`, with those of `bands` that play at them. Two queries."""
        told = gigs if for_team else gigs.filter(is_private=False)
        playing = Appearance.objects.filter(gig__in=gigs.order_by().values("pk")).values("band")
        named = told.order_by("town").values_list("town", flat=True).distinct()
        return cls(
            bands=list(bands.filter(pk__in=playing).order_by("name", "pk")),
            towns=list({name_key(town): town for town in named}.values()),
            band=request.GET.get("band", ""),
            town=request.GET.get("town", ""),
            for_team=for_team,
        )

    @property
    def chosen_band(self) -> Band | None:
        """The band whose gigs are wanted, if the list offers it."""
        return next((band for band in self.bands if band.slug == self.band), None)

    @property
    def is_offered(self) -> bool:
        """Whether the page itself offers this choice: anybody can name a town."""
        return (not self.band or self.chosen_band is not None) and self.town in {"", *self.towns}

    @property
    def is_used(self) -> bool:
        """Whether anything is chosen."""
        return bool(self.band or self.town)

    @property
    def query(self) -> str:
        """The filter as a query string, ready to follow others."""
        wanted = {name: value for name, value in (("band", self.band), ("town", self.town)) if value}
        return f"&{urlencode(wanted)}" if wanted else ""

    def apply(self, gigs: GigQuerySet) -> GigQuerySet:
        """Return those of `gigs` that are wanted."""
        if self.band:
            band = self.chosen_band
            gigs = gigs.of_band(band) if band else gigs.none()
        return gigs.in_town(self.town, with_private=self.for_team) if self.town else gigs
