"""Looks up the dates of listed bands, exchanges their gigs, and tells portals what the other side did."""

from __future__ import annotations

from bandstand.listings.following import due_listings_enqueue, listings_follow
from bandstand.listings.job_kinds import (
    FOLLOW_DUE_LISTINGS,
    FOLLOW_LISTINGS,
    SEND_GIGS,
    TAKE_GIGS,
    TELL_OF_LISTING,
    FollowDueListings,
    FollowListings,
    SendGigs,
    TakeGigs,
    TellOfListing,
)
from bandstand.listings.telling import listing_told
from bandstand.partners.sending import due_senders_enqueue, gigs_send
from bandstand.partners.taking import gigs_take
from bandstand_worker.registry import handles
from bandstand_worker.run import Run


@handles(FOLLOW_LISTINGS)
def follow_listings(_payload: FollowListings, run: Run) -> dict[str, int]:
    """Take over the dates of all bands that the portal lists."""
    return {"listings": listings_follow(run.organization)}


@handles(FOLLOW_DUE_LISTINGS)
def follow_due_listings(_payload: FollowDueListings, _run: Run) -> dict[str, int]:
    """Enqueue the look-up for each portal where it is due, and let gigs be sent."""
    return {"portals": due_listings_enqueue(), "senders": due_senders_enqueue()}


@handles(SEND_GIGS)
def send_gigs(_payload: SendGigs, run: Run) -> dict[str, int]:
    """Write what other portals are told of the gigs of this one's bands."""
    return {"changed": gigs_send(run.organization)}


@handles(TAKE_GIGS)
def take_gigs(_payload: TakeGigs, run: Run) -> dict[str, int]:
    """Let the gigs that other portals send be read."""
    return {"agreements": gigs_take(run.organization)}


@handles(TELL_OF_LISTING)
def tell_of_listing(payload: TellOfListing, run: Run) -> dict[str, int]:
    """Tell the portal's owners and managers."""
    told = listing_told(listing=payload.listing_id, event=payload.event, organization=run.organization)
    return {"told": told}
