"""A portal's agreements in the owner's copy of the portal. Of the other side it says which portal, and no person."""

from __future__ import annotations

from typing import Any

from django_tenants.utils import get_public_schema_name, schema_context

from bandstand.listings.models import Listing
from bandstand.organizations.models import Organization
from bandstand.portals.exporting import exported_besides

_OF_ANYBODY = ("band_uid", "band_name", "state", "proposed_at", "answered_at", "ended_at", "ended_side", "dates")
_OF_GIGS = ("gigs_wanted_at", "gigs_given_at")


@exported_besides("listings/listing.json")
def listings_of(organization: Organization) -> list[dict[str, Any]]:
    """Return the portal's agreements, on both sides, with who acted for it."""
    with schema_context(get_public_schema_name()):
        rows = Listing.objects.of(organization).select_related("lister", "home").order_by("pk")
        return [_row(listing, organization) for listing in rows]


def _row(listing: Listing, organization: Organization) -> dict[str, Any]:
    is_lister = listing.lister_id == organization.pk
    own = {"proposed_by": listing.proposed_by} if is_lister else {"answered_by": listing.answered_by}
    own |= {"gigs_wanted_by": listing.gigs_wanted_by} if is_lister else {"gigs_given_by": listing.gigs_given_by}
    if listing.ended_side == (Listing.Side.LISTER if is_lister else Listing.Side.HOME):
        own["ended_by"] = listing.ended_by
    about = {name: getattr(listing, name) for name in (*_OF_ANYBODY, *_OF_GIGS)}
    return {"listed_at": listing.lister.own_host, "home": listing.home.own_host, **about, **own}
