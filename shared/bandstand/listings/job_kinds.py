"""Kinds of jobs about listings of other portals' bands."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from bandstand.jobs.kinds import Kind, Scope


@dataclass(frozen=True)
class TellOfListing:
    """`event` is a state of the listing, or what became of its gigs; the job belongs to the side that is told."""

    listing_id: int
    event: str


@dataclass(frozen=True)
class FollowListings:
    """The dates of all bands of others that the portal lists."""


@dataclass(frozen=True)
class FollowDueListings:
    """Enqueues `FollowListings` where dates are due."""


@dataclass(frozen=True)
class SendGigs:
    """Writes what portals that get gigs of this one's bands are told."""


@dataclass(frozen=True)
class TakeGigs:
    """Takes over what other portals sent."""


SEND_GIGS = Kind("listings.send_gigs", SendGigs, title=_("Send gigs to other portals"))
TAKE_GIGS = Kind("listings.take_gigs", TakeGigs, title=_("Take over gigs from other portals"))
TELL_OF_LISTING = Kind(
    "listings.tell", TellOfListing, title=_("Tell of a listing that was proposed, answered or ended"), brief=True
)
FOLLOW_LISTINGS = Kind("listings.follow", FollowListings, title=_("Look up the next dates of listed bands"))
FOLLOW_DUE_LISTINGS = Kind(
    "listings.follow_due",
    FollowDueListings,
    title=_("Find listed bands whose dates are due"),
    scope=Scope.PLATFORM,
    brief=True,
)
