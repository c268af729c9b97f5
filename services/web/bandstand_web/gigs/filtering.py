"""Leaves the gigs of one band or tour, or in one town, in a list, by selects that offer those there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q
from django.http import HttpRequest

from bandstand.bands.models import Band, BandQuerySet
from bandstand.content.names import name_key
from bandstand.content.translated import versions_shown
from bandstand.database import any_of  # noqa: F401 # brings the lookup
from bandstand.gigs.models import GigQuerySet
from bandstand.tours.models import Tour, TourQuerySet

MOST_OFFERED = 100  # of each kind; where there are more, a band is found by search, and a town is typed
TOWN = r"[^\x00-\x1f\x7f]{1,120}"


@dataclass(frozen=True)
class GigFilter:
    """What can be chosen, and what is: `band` and `tour` slugs, `town` as it is written in the address.

    Of bands, tours or towns that are too many to be offered, those are listed that are chosen.
    """

    bands: list[Band]
    tours: list[Tour]
    towns: list[str]
    band: str
    tour: str
    town: str
    types_town: bool
    for_team: bool

    @classmethod
    def of(
        cls,
        request: HttpRequest,
        gigs: GigQuerySet,
        bands: BandQuerySet,
        tours: TourQuerySet,
        *,
        for_team: bool = False,
    ) -> GigFilter:
        """Return the filter of `gigs`, with the `bands` that play at them, and their `tours`. Three queries at most."""
        told = Q() if for_team else Q(is_private=False)
        found = gigs.order_by().aggregate(
            bands=ArrayAgg("appearances__band", distinct=True, default=[]),
            tours=ArrayAgg("tour", distinct=True, filter=Q(tour__isnull=False), default=[]),
            towns=ArrayAgg("town", distinct=True, filter=told, order_by="town", default=[]),
        )
        named = found["towns"]
        types_town = len(named) > MOST_OFFERED
        return cls(
            bands=_few(bands, found["bands"], request.GET.get("band", "")),
            tours=_few(tours, found["tours"], request.GET.get("tour", "")),
            towns=[] if types_town else list({name_key(town): town for town in named}.values()),
            types_town=types_town,
            band=request.GET.get("band", ""),
            tour=request.GET.get("tour", ""),
            town=request.GET.get("town", ""),
            for_team=for_team,
        )

    @property
    def chosen_band(self) -> Band | None:
        """The band whose gigs are wanted, if the list offers it."""
        return next((band for band in self.bands if band.slug == self.band), None)

    @property
    def chosen_tour(self) -> Tour | None:
        """The tour whose gigs are wanted, if the list offers it."""
        return next((tour for tour in self.tours if tour.slug == self.tour), None)

    @property
    def is_offered(self) -> bool:
        """Whether the page itself offers this choice: anybody can name a town."""
        is_named = (not self.band or self.chosen_band is not None) and (not self.tour or self.chosen_tour is not None)
        return is_named and self.town in {"", *self.towns}

    @property
    def is_used(self) -> bool:
        """Whether anything is chosen."""
        return bool(self.band or self.tour or self.town)

    @property
    def query(self) -> str:
        """The filter as a query string, ready to follow others."""
        chosen = {"band": self.band, "tour": self.tour, "town": self.town}
        wanted = {name: value for name, value in chosen.items() if value}
        return f"&{urlencode(wanted)}" if wanted else ""

    def apply(self, gigs: GigQuerySet) -> GigQuerySet:
        """Return those of `gigs` that are wanted."""
        if self.band:
            band = self.chosen_band
            gigs = gigs.of_band(band) if band else gigs.none()
        if self.tour:
            gigs = gigs.of_tour(self.chosen_tour) if self.chosen_tour else gigs.none()
        return gigs.in_town(self.town, with_private=self.for_team) if self.town else gigs


def _few(rows: Any, keys: list[int], chosen: str) -> list[Any]:
    """Return those of the rows that have these keys, with name and slug; if they are too many, the one chosen."""
    if not keys:
        return []
    named = rows.filter(pk__any_of=keys).only("name", "slug", *versions_shown()).order_by("name", "pk")
    found = list(named[: MOST_OFFERED + 1])
    return found if len(found) <= MOST_OFFERED else list(named.filter(slug=chosen))
