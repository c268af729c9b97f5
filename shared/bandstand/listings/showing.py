"""The bands of other portals that a portal's visitors see.

Whether a band is shown is asked of its home at the moment, so that one which is unpublished or in the trash there is
gone here at once; dates are those that the lister's job found. A page with listed bands depends on the contents of
their homes, too: see `homes_of`.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS
from django_tenants.utils import get_public_schema_name, schema_context, tenant_context

from bandstand.bands.models import Band
from bandstand.content.appearing import next_turn
from bandstand.content.one_moment import this_moment
from bandstand.content.shown_language import showing_in
from bandstand.gigs.models import Gig
from bandstand.listings.following import gig_of
from bandstand.listings.models import Listing
from bandstand.media.models import Picture
from bandstand.organizations.behind import takes_rows
from bandstand.organizations.models import Organization


@dataclass(frozen=True)
class ListedBand:
    """A band of another portal, as it is shown. Links lead to that portal."""

    name: str
    url: str
    home: str
    poster: Picture | None
    next_gig: Gig | None


def listed_bands(lister: Organization) -> list[ListedBand]:
    """Return the bands by name. One query, and one for each of their homes; none where nothing is listed."""
    if not homes_of(lister):
        return []
    with schema_context(get_public_schema_name()):
        primary = Organization.objects.active().with_host()
        rows = Listing.objects.accepted().filter(lister=lister, home__in=primary)
        listings = list(rows.order_by("home_id", "pk"))
        homes = primary.in_bulk({listing.home_id for listing in listings})
    shown = []
    for number, group in groupby(listings, key=lambda listing: listing.home_id):
        shown += _shown_at(homes[number], {listing.band_uid: listing for listing in group})
    return sorted(shown, key=lambda band: band.name.casefold())


def homes_of(lister: Organization) -> tuple[str, ...]:
    """Return the schemas of the portals whose bands are listed; asked once per process until a change is announced."""
    if "listed_homes" not in lister.remembered:
        with schema_context(get_public_schema_name()):
            rows = Listing.objects.accepted().filter(lister=lister)
            found = rows.order_by("home__schema_name").values_list("home__schema_name", flat=True).distinct()
            lister.remembered["listed_homes"] = tuple(found)
    homes: tuple[str, ...] = lister.remembered["listed_homes"]
    return homes


def next_turn_of_listed(lister: Organization, after: datetime) -> datetime | None:
    """Return the next moment at which the listed bands change by themselves; None if none is known.

    One query, and one for each of their homes; none where nothing is listed.
    """
    homes = homes_of(lister)
    if not homes:
        return None
    with schema_context(get_public_schema_name()):
        listings = Listing.objects.using(DEFAULT_DB_ALIAS).accepted().filter(lister=lister)
        ends = [datetime.fromisoformat(date["over_at"]) for listing in listings for date in listing.dates]
    turns = [end for end in ends if end >= after]
    for home in homes:
        with schema_context(home):
            turn = next_turn(after, using=DEFAULT_DB_ALIAS)
        turns += [turn] if turn else []
    return min(turns, default=None)


def _shown_at(home: Organization, listings: dict[uuid.UUID, Listing]) -> list[ListedBand]:
    if not takes_rows(home):
        return []
    with tenant_context(home), showing_in(""):  # its bands are where its own main language is
        # From the primary: a replica's connection is in the lister's schema.
        bands = Band.objects.using(DEFAULT_DB_ALIAS).published().filter(uid__in=listings)
        return [
            ListedBand(
                name=band.name,
                url=home.url(band.get_absolute_url()),
                home=home.name,
                # Only the media host shows pictures to pages of other portals.
                poster=band.poster if settings.MEDIA_HOST else None,
                next_gig=_next(listings[band.uid]),
            )
            for band in bands.select_related("photo", "logo")
        ]


def _next(listing: Listing) -> Gig | None:
    now = this_moment()
    return next((gig_of(date) for date in listing.dates if datetime.fromisoformat(date["over_at"]) >= now), None)
