"""Takes over the next dates of listed bands, as visitors of the bands' homes see them.

It is the lister's own job that looks, at least every quarter of an hour. It only reads in the other portal, through the
vocabulary of what visitors see, and writes nothing but the listing's row in `public`.
"""

from __future__ import annotations

from datetime import datetime
from itertools import groupby
from typing import Any

from django.db import transaction
from django.utils import timezone
from django_tenants.utils import get_public_schema_name, schema_context, tenant_context

from bandstand.bands.models import Band
from bandstand.database.connection import connection
from bandstand.gigs.models import Gig
from bandstand.jobs.enqueueing import enqueue
from bandstand.listings.agreeing import listing_break
from bandstand.listings.job_kinds import FOLLOW_LISTINGS, FollowListings
from bandstand.listings.models import Listing
from bandstand.organizations.behind import takes_rows
from bandstand.organizations.models import Organization

MOST_DATES = 3  # of a band


def listings_follow(lister: Organization) -> int:
    """Look up the dates of all bands that `lister` lists, and return how many listings there are.

    A listing whose band was deleted for good ends.
    """
    with schema_context(get_public_schema_name()):
        rows = Listing.objects.accepted().between_open_portals().filter(lister=lister)
        listings = list(rows.select_related("home").order_by("home_id", "pk"))
    for home, group in groupby(listings, key=lambda listing: listing.home):
        if takes_rows(home):
            _follow(lister, home, list(group))
    return len(listings)


def due_listings_enqueue() -> int:
    """Enqueue the look-up where dates are due, end what nobody can end any more, and return how many portals look.

    Forgets old agreements besides.
    """
    now = timezone.now()
    with schema_context(get_public_schema_name()):
        for listing in Listing.objects.broken().values_list("pk", flat=True):
            listing_break(listing=listing)
        Listing.objects.forget(now)
        listers = Organization.objects.filter(pk__in=Listing.objects.to_follow(now).values("lister"))
        for lister in listers:
            with transaction.atomic():
                enqueue(FOLLOW_LISTINGS, FollowListings(), organization=lister, key="follow")
    return len(listers)


def _follow(lister: Organization, home: Organization, listings: list[Listing]) -> None:
    with tenant_context(home):
        known = {
            band.uid: band for band in Band.with_trash().filter(uid__in=[listing.band_uid for listing in listings])
        }
        shown = Band.objects.published().filter(pk__in=[band.pk for band in known.values()])
        dates = {band.pk: _dates(band) for band in shown}
    for listing in listings:
        band = known.get(listing.band_uid)
        if band is None:
            listing_break(listing=listing.pk)
        else:
            _store(lister, listing, name=band.name, dates=dates.get(band.pk, []))


def _dates(band: Band) -> list[dict[str, Any]]:
    gigs = Gig.objects.published().taking_place().upcoming().of_band(band).without_private_places()
    return [
        {
            "starts_at": gig.starts_at.isoformat(),
            "over_at": gig.over_at.isoformat(),
            "precision": gig.precision,
            "time_zone": gig.time_zone,
            "venue": gig.venue,
            "town": gig.town,
        }
        for gig in gigs[:MOST_DATES]
    ]


def _store(lister: Organization, listing: Listing, *, name: str, dates: list[dict[str, Any]]) -> None:
    """Keep what was found, unless the listing ended meanwhile. Pages are made anew only where something changed."""
    with schema_context(get_public_schema_name()), transaction.atomic():
        found = {"band_name": name, "dates": dates}
        row = Listing.objects.accepted().filter(pk=listing.pk)
        is_news = (listing.band_name, listing.dates) != (name, dates)
        if row.update(followed_at=timezone.now(), **(found if is_news else {})) and is_news:
            connection.writes.count_in(lister.schema_name)


def gig_of(date: dict[str, Any]) -> Gig:
    """Return a gig that was never saved, with what a date says of it, for showing its times."""
    return Gig(
        starts_at=datetime.fromisoformat(date["starts_at"]),
        precision=date["precision"],
        time_zone=date["time_zone"],
        venue=date["venue"],
        town=date["town"],
    )
