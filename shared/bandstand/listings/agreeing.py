"""A portal asks to list another one's band; the band's home accepts or refuses; either ends it.

Each act is written in `public`, noted in the security log of the side that acts, and told to the other side by a job of
that side's own. Nobody writes into the other's schema.
"""

from __future__ import annotations

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django_tenants.utils import get_public_schema_name, schema_context, tenant_context

from bandstand.audit.models import Act
from bandstand.audit.recording import record
from bandstand.database.connection import connection
from bandstand.jobs.enqueueing import enqueue
from bandstand.listings.finding import band_at
from bandstand.listings.job_kinds import (
    FOLLOW_LISTINGS,
    SEND_GIGS,
    TAKE_GIGS,
    TELL_OF_LISTING,
    FollowListings,
    SendGigs,
    TakeGigs,
    TellOfListing,
)
from bandstand.listings.models import GONE, Listing, ListingQuerySet, SentGig
from bandstand.organizations.models import Organization
from bandstand.organizations.owners import organization_lock
from bandstand.tenancy.resolution import announce_change

MOST_LISTED = 60  # bands of others at one portal, those asked for included
MOST_ASKED_A_DAY = 20  # by one portal
MOST_WAITING = 40  # for the answer of one portal
SILENCE = timedelta(days=90)  # after a refusal
ASKED_AGAIN = timedelta(days=7)  # after an own proposal was withdrawn or a listing ended

State, Side = Listing.State, Listing.Side
_ENDED = ("state", "ended_at", "ended_by", "ended_side", "dates")
_ACTS = {
    State.PROPOSED: Act.LISTING_PROPOSED,
    State.ACCEPTED: Act.LISTING_ACCEPTED,
    State.REFUSED: Act.LISTING_REFUSED,
    State.ENDED: Act.LISTING_ENDED,
}


class ListingGoneError(LookupError):
    """The listing doesn't wait for this any more: it was answered or ended meanwhile."""


@transaction.atomic
def listing_propose(*, lister: Organization, address: str, by: str) -> Listing:
    """Return the proposal to list the band with this address at `lister`.

    `by` is the email address of who asks. Raises ValidationError, which says why that can't be.
    """
    found = band_at(address, seen_from=lister)
    with schema_context(get_public_schema_name()):
        _lock(lister, found.home)
        _check_room(lister, found.home)
        _check_silence(Listing.objects.filter(lister=lister, band_uid=found.uid))
        listing = Listing(lister=lister, home=found.home, band_uid=found.uid, band_name=found.name, proposed_by=by)
        listing.save()
        _say(listing, side=lister)
    return listing


@transaction.atomic
def listing_answer(*, listing: int, home: Organization, accept: bool, by: str) -> Listing:
    """Accept or refuse a proposal about a band of `home`. Raises ListingGoneError."""
    with schema_context(get_public_schema_name()):
        found = _locked(listing, Listing.objects.proposed().between_open_portals().filter(home=home))
        found.state = State.ACCEPTED if accept else State.REFUSED
        found.answered_at, found.answered_by = timezone.now(), by
        found.save(update_fields=["state", "answered_at", "answered_by"])
        _say(found, side=home)
        if accept:
            enqueue(FOLLOW_LISTINGS, FollowListings(), organization=found.lister, key="follow")
    return found


@transaction.atomic
def listing_end(*, listing: int, side: Organization, by: str) -> Listing:
    """End a listing, or withdraw the proposal of one; either side may. Raises ListingGoneError."""
    with schema_context(get_public_schema_name()):
        found = _locked(listing, Listing.objects.open().of(side))
        if found.state == State.PROPOSED and found.home_id == side.pk:
            raise ListingGoneError(listing)  # it is refused instead
        _end(found, Side.LISTER if found.lister_id == side.pk else Side.HOME, by)
        _say(found, side=side)
    return found


@transaction.atomic
def listing_gigs_set(*, listing: int, side: Organization, agrees: bool, by: str) -> Listing:
    """Let one side want or give the band's gigs, or no more; they are sent while both do. Raises ListingGoneError."""
    with schema_context(get_public_schema_name()):
        found = _locked(listing, Listing.objects.accepted().between_open_portals().of(side))
        shared = found.shares_gigs
        name = "gigs_wanted" if found.lister_id == side.pk else "gigs_given"
        if agrees == (getattr(found, f"{name}_at") is not None):
            raise ListingGoneError(listing)
        setattr(found, f"{name}_at", timezone.now() if agrees else None)
        setattr(found, f"{name}_by", by if agrees else "")
        found.save(update_fields=[f"{name}_at", f"{name}_by"])
        with tenant_context(side):
            other = found.other_than(side)
            act = Act.GIGS_SHARED if agrees else Act.GIGS_NOT_SHARED
            record(act, target=found.band_name, detail=f"{other.name} ({other.own_host})")
        event = ("gigs_agreed" if found.shares_gigs else "gigs") if agrees else "no_gigs"
        key = f"{found.pk}:{event}:{timezone.now().isoformat()}"
        enqueue(TELL_OF_LISTING, TellOfListing(found.pk, event), organization=found.other_than(side), key=key)
        if found.shares_gigs:
            enqueue(SEND_GIGS, SendGigs(), organization=found.home, key="send")
        elif shared:
            _stop_gigs(found)
    return found


def _stop_gigs(listing: Listing) -> None:
    """Forget what was sent, and let the lister's job switch its calendar off. What was taken over stays there."""
    SentGig.objects.filter(listing=listing).delete()
    if listing.lister.state not in GONE:
        enqueue(TAKE_GIGS, TakeGigs(), organization=listing.lister, key="take")


@transaction.atomic
def listing_break(*, listing: int) -> bool:
    """End a listing whose band or portal is gone, and tell whoever is left. Return whether it was open."""
    with schema_context(get_public_schema_name()):
        try:
            found = _locked(listing, Listing.objects.open())
        except ListingGoneError:
            return False
        _end(found, Side.NOBODY, "")
        _say(found, side=None)
    return True


def _lock(*organizations: Organization) -> None:
    """Hold both portals still, in one order, so that limits and states are what they were counted as."""
    for organization in sorted(organizations, key=lambda each: each.pk):
        organization_lock(organization)


def _locked(listing: int, among: QuerySet[Listing]) -> Listing:
    row = Listing.objects.filter(pk=listing).first()
    if row is not None:
        _lock(row.lister, row.home)
        row = among.filter(pk=listing).select_related("lister", "home").first()
    if row is None:
        raise ListingGoneError(listing)
    return row


def _check_room(lister: Organization, home: Organization) -> None:
    own = Listing.objects.filter(lister=lister)
    if own.open().count() >= MOST_LISTED:
        raise ValidationError(
            _("You can list %(most)d bands of other portals. End a listing first.") % {"most": MOST_LISTED}, code="many"
        )
    if own.filter(proposed_at__gt=timezone.now() - timedelta(days=1)).count() >= MOST_ASKED_A_DAY:
        raise ValidationError(
            _("You have asked for many bands today. Please ask for the next one tomorrow."), code="many"
        )
    if Listing.objects.proposed().filter(home=home).count() >= MOST_WAITING:
        raise ValidationError(
            _("This band's portal has many requests waiting. Please ask again in a few days."), code="many"
        )


def _check_silence(former: ListingQuerySet) -> None:
    """Keep somebody who was refused, or who withdraws and asks anew, from asking again and again."""
    if former.open().exists():
        raise ValidationError(_("This band is on your list already."), code="listed")
    last = former.order_by("-pk").first()
    if last is None:
        return
    was_unwanted = last.state == State.REFUSED or last.ended_side == Side.HOME
    until = (last.ended_at or last.answered_at or last.proposed_at) + (SILENCE if was_unwanted else ASKED_AGAIN)
    if until > timezone.now():
        day = date_format(timezone.localtime(until), "DATE_FORMAT")
        raise ValidationError(
            _("You asked for this band before. You can ask again on %(day)s.") % {"day": day}, code="silence"
        )


def _end(listing: Listing, side: Listing.Side, by: str) -> None:
    shared = listing.shares_gigs
    listing.state, listing.ended_at, listing.ended_by, listing.ended_side = State.ENDED, timezone.now(), by, side
    listing.dates = []
    listing.gigs_wanted_at = listing.gigs_given_at = None
    listing.save(update_fields=[*_ENDED, "gigs_wanted_at", "gigs_given_at"])
    if shared:
        _stop_gigs(listing)


def _say(listing: Listing, *, side: Organization | None) -> None:
    """Note what `side` did in its log, have the others told, and have the lister's pages show what is so now."""
    state = State(listing.state)
    for organization in (listing.lister, listing.home):
        if side is not None and organization.pk == side.pk:
            with tenant_context(organization):
                listing_note(listing, state, seen_from=organization)
        elif organization.state not in GONE:
            event = TellOfListing(listing.pk, state.value)
            enqueue(TELL_OF_LISTING, event, organization=organization, key=f"{listing.pk}:{state.value}")
    connection.writes.count_in(listing.lister.schema_name)
    announce_change(listing.lister_id)


def listing_note(listing: Listing, state: str, *, seen_from: Organization) -> None:
    """Write what became of the listing into the security log of the current portal."""
    other = listing.other_than(seen_from)
    record(_ACTS[State(state)], target=listing.band_name, detail=f"{other.name} ({other.own_host})")
