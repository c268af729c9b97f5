"""Looks up the dates of listed bands, and tells portals what the other side did about a listing."""

from __future__ import annotations

from bandstand.listings.following import due_listings_enqueue, listings_follow
from bandstand.listings.job_kinds import (
    FOLLOW_DUE_LISTINGS,
    FOLLOW_LISTINGS,
    TELL_OF_LISTING,
    FollowDueListings,
    FollowListings,
    TellOfListing,
)
from bandstand.listings.telling import listing_told
from bandstand_worker.registry import handles
from bandstand_worker.run import Run


@handles(FOLLOW_LISTINGS)
def follow_listings(_payload: FollowListings, run: Run) -> dict[str, int]:
    """Take over the dates of all bands that the portal lists."""
    return {"listings": listings_follow(run.organization)}


@handles(FOLLOW_DUE_LISTINGS)
def follow_due_listings(_payload: FollowDueListings, _run: Run) -> dict[str, int]:
    """Enqueue the look-up for each portal where it is due."""
    return {"portals": due_listings_enqueue()}


@handles(TELL_OF_LISTING)
def tell_of_listing(payload: TellOfListing, run: Run) -> dict[str, int]:
    """Tell the portal's owners and managers."""
    told = listing_told(listing=payload.listing_id, event=payload.event, organization=run.organization)
    return {"told": told}
