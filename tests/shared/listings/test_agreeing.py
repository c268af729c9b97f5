"""Two portals agree that a band of one is listed at the other. Alice lists, Charlie's band stays Charlie's."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone
from django_tenants.utils import tenant_context

from bandstand.audit.models import Act, Entry
from bandstand.bands.models import Band
from bandstand.jobs.models import Job
from bandstand.listings import agreeing
from bandstand.listings.agreeing import ListingGoneError, listing_answer, listing_end, listing_propose
from bandstand.listings.exporting import listings_of
from bandstand.listings.following import due_listings_enqueue, listings_follow
from bandstand.listings.models import Listing
from bandstand.listings.showing import listed_bands
from bandstand.listings.telling import listing_told
from bandstand.notices.models import EmailChoice, Notice
from bandstand.organizations.models import Domain, Organization
from bandstand.teams.suspending import organization_activate, organization_suspend
from bandstand.tenancy.resolution import resolver
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory
from tests.mailbox import newest_mail_to

State = Organization.State


@pytest.fixture
def owls(charlie_portal: Portal) -> Band:
    """A band of Charlie's portal."""
    with tenant_context(charlie_portal.organization):
        return BandFactory(name="Owls", slug="owls")


def address_of(portal: Portal, path: str = "/bands/owls/") -> str:
    return f"https://{portal.host}{path}"


def propose(alice: Portal, charlie: Portal, path: str = "/bands/owls/") -> Listing:
    with tenant_context(alice.organization):
        return listing_propose(lister=alice.organization, address=address_of(charlie, path), by=alice.owner_email)


def agree(alice: Portal, charlie: Portal) -> Listing:
    listing = propose(alice, charlie)
    return answer(charlie, listing, accept=True)


def answer(charlie: Portal, listing: Listing, *, accept: bool) -> Listing:
    with tenant_context(charlie.organization):
        return listing_answer(listing=listing.pk, home=charlie.organization, accept=accept, by=charlie.owner_email)


def end(portal: Portal, listing: Listing) -> Listing:
    with tenant_context(portal.organization):
        return listing_end(listing=listing.pk, side=portal.organization, by=portal.owner_email)


def shown_at(portal: Portal) -> list[str]:
    """Return the names of listed bands, as a process says that hasn't been asked before."""
    portal.organization.remembered.clear()
    with tenant_context(portal.organization):
        return [band.name for band in listed_bands(portal.organization)]


def told(portal: Portal) -> list[str]:
    """Do the portal's own jobs about listings, twice, and return the sentences of its owner's notices."""
    jobs = Job.objects.filter(organization=portal.organization, kind="listings.tell").order_by("pk")
    with tenant_context(portal.organization):
        for job in [*jobs, *jobs]:
            listing_told(
                listing=job.payload["listing_id"], event=job.payload["event"], organization=portal.organization
            )
        notices = Notice.objects.filter(person=portal.user()).order_by("pk")
        return [notice.sentence for notice in notices]


def acts(portal: Portal) -> list[tuple[str, str, str]]:
    with tenant_context(portal.organization):
        log = Entry.objects.filter(act__startswith="listing_").order_by("pk")
        return [(line.act, line.target, line.detail) for line in log]


@pytest.mark.usefixtures("owls")
def test_one_side_asks_the_other_accepts_and_either_ends_it(alice_portal: Portal, charlie_portal: Portal) -> None:
    listing = propose(alice_portal, charlie_portal)

    assert shown_at(alice_portal) == []
    assert told(charlie_portal) == ["Alice's Agency would like to list Owls."]
    with tenant_context(charlie_portal.organization):
        mail = newest_mail_to(charlie_portal.owner_email)
    assert "Alice's Agency would like to list Owls." in mail.text
    assert "/backstage/listings/" in mail.text

    accepted = answer(charlie_portal, listing, accept=True)

    assert shown_at(alice_portal) == ["Owls"]
    assert told(alice_portal) == ["Charlie's Choirs accepted: Owls is listed on your portal now."]
    assert accepted.answered_by == charlie_portal.owner_email
    with pytest.raises(ListingGoneError):
        answer(charlie_portal, listing, accept=False)

    ended = end(charlie_portal, listing)

    assert shown_at(alice_portal) == []
    assert (ended.ended_side, ended.ended_by) == ("home", charlie_portal.owner_email)
    assert told(alice_portal)[1:] == ["Owls of Charlie's Choirs isn't listed on your portal any more."]
    with pytest.raises(ListingGoneError):
        end(alice_portal, listing)
    about = ("Owls", f"Charlie's Choirs ({charlie_portal.organization.own_host})")
    assert acts(alice_portal) == [(act, *about) for act in ("listing_proposed", "listing_accepted", "listing_ended")]
    assert [act for act, _target, _detail in acts(charlie_portal)] == [act for act, _t, _d in acts(alice_portal)]


@pytest.mark.usefixtures("owls")
def test_who_is_refused_keeps_silent_for_a_while(alice_portal: Portal, charlie_portal: Portal) -> None:
    answer(charlie_portal, propose(alice_portal, charlie_portal), accept=False)

    assert told(alice_portal) == ["Charlie's Choirs doesn't want Owls to be listed on your portal."]
    with pytest.raises(ValidationError, match="asked for this band before"):
        propose(alice_portal, charlie_portal)
    Listing.objects.update(answered_at=timezone.now() - agreeing.SILENCE)
    withdrawn = end(alice_portal, propose(alice_portal, charlie_portal))
    assert (withdrawn.ended_side, withdrawn.answered_at) == ("lister", None)
    with pytest.raises(ValidationError, match="asked for this band before"):
        propose(alice_portal, charlie_portal)


@pytest.mark.usefixtures("owls")
def test_nobody_hears_of_what_was_withdrawn_before(alice_portal: Portal, charlie_portal: Portal) -> None:
    end(alice_portal, propose(alice_portal, charlie_portal))

    assert told(charlie_portal) == []
    assert acts(charlie_portal) == []


@pytest.mark.usefixtures("owls")
def test_whoever_wants_no_emails_finds_the_notice_alone(alice_portal: Portal, charlie_portal: Portal) -> None:
    with tenant_context(charlie_portal.organization):
        EmailChoice.objects.create(person=charlie_portal.user(), listings=False)
    propose(alice_portal, charlie_portal)

    assert len(told(charlie_portal)) == 1
    with tenant_context(charlie_portal.organization), pytest.raises(AssertionError):
        newest_mail_to(charlie_portal.owner_email)


def test_only_what_visitors_see_can_be_asked_for(alice_portal: Portal, charlie_portal: Portal, owls: Band) -> None:
    with tenant_context(charlie_portal.organization):
        BandFactory(slug="draft", is_published=False)
        BandFactory(slug="gone").move_to_trash()
    with tenant_context(alice_portal.organization):
        BandFactory(slug="mine")
    unknown = ["/bands/draft/", "/bands/gone/", "/bands/nobody/", "/", "/gigs/owls/", "/bands/", "/bands/owls.txt"]

    for path in unknown:
        with pytest.raises(ValidationError, match="We don't know a band at this address"):
            propose(alice_portal, charlie_portal, path)
    for text in ("", "owls", "https://[::1", "http://bandstand.localhost/bands/owls/", "https://\x00/bands/owls/"):
        with pytest.raises(ValidationError, match="We don't know a band"), tenant_context(alice_portal.organization):
            listing_propose(lister=alice_portal.organization, address=text, by="")
    with pytest.raises(ValidationError, match="yours already"):
        propose(alice_portal, alice_portal, "/bands/mine/")
    with tenant_context(charlie_portal.organization):
        owls.slug = "night-owls"
        owls.save()
    assert propose(alice_portal, charlie_portal, "/bands/owls/gigs.ics?x=1#y").band_uid == owls.uid


@pytest.mark.parametrize("state", [State.SUSPENDED, State.MOVING, State.ARRIVING, State.DELETING, State.MOVED])
@pytest.mark.usefixtures("owls")
def test_a_closed_portal_is_as_good_as_unknown(alice_portal: Portal, charlie_portal: Portal, state: str) -> None:
    Organization.objects.filter(pk=charlie_portal.organization.pk).update(state=state)

    sentence = "another cell" if state == State.MOVED else "We don't know a band"
    with pytest.raises(ValidationError, match=sentence):
        propose(alice_portal, charlie_portal)


@pytest.mark.usefixtures("owls")
def test_it_is_bounded_how_much_is_asked(
    alice_portal: Portal, charlie_portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tenant_context(charlie_portal.organization):
        BandFactory(slug="foxes")
    propose(alice_portal, charlie_portal)
    with pytest.raises(ValidationError, match="on your list already"):
        propose(alice_portal, charlie_portal)

    limits = {"MOST_LISTED": "End a listing first", "MOST_ASKED_A_DAY": "many bands today", "MOST_WAITING": "waiting"}
    for limit, sentence in limits.items():
        with monkeypatch.context() as patching:
            patching.setattr(agreeing, limit, 1)
            with pytest.raises(ValidationError, match=sentence):
                propose(alice_portal, charlie_portal, "/bands/foxes/")
    assert propose(alice_portal, charlie_portal, "/bands/foxes/").pk


def test_a_band_that_its_home_hides_is_hidden_at_once(alice_portal: Portal, charlie_portal: Portal, owls: Band) -> None:
    agree(alice_portal, charlie_portal)

    def after(**values: Any) -> list[str]:
        with tenant_context(charlie_portal.organization):
            Band.with_trash().update(**values)
        return shown_at(alice_portal)

    assert after(is_published=False) == []
    assert after(publish_at=timezone.now() + timedelta(days=1)) == []
    assert after(publish_at=timezone.now() - timedelta(seconds=1)) == ["Owls"]
    assert after(trashed_at=timezone.now()) == []
    assert after(trashed_at=None, name="Night Owls") == ["Night Owls"]


@pytest.mark.usefixtures("owls")
def test_a_suspended_portal_shows_its_bands_nowhere(alice_portal: Portal, charlie_portal: Portal) -> None:
    agree(alice_portal, charlie_portal)
    connection.writes.scopes.clear()

    organization_suspend(organization=charlie_portal.organization, reason="Rent")

    assert alice_portal.organization.schema_name in connection.writes.scopes  # kept pages are made anew
    assert shown_at(alice_portal) == []
    organization_activate(organization=charlie_portal.organization)
    assert shown_at(alice_portal) == ["Owls"]


@pytest.mark.parametrize("state", [State.MOVED, State.DELETING])
@pytest.mark.parametrize("gone", ["lister", "home"])
@pytest.mark.usefixtures("owls")
def test_it_ends_where_a_portal_is_gone(alice_portal: Portal, charlie_portal: Portal, gone: str, state: str) -> None:
    listing = agree(alice_portal, charlie_portal)
    Organization.objects.filter(pk=getattr(listing, f"{gone}_id")).update(state=state)

    due_listings_enqueue()

    listing.refresh_from_db()
    assert (listing.state, listing.ended_side) == ("ended", "nobody")
    left = charlie_portal if gone == "lister" else alice_portal
    assert told(left)[-1].startswith("Owls")
    assert not Job.objects.filter(organization_id=getattr(listing, f"{gone}_id"), payload__event="ended").exists()


def test_a_deleted_portal_takes_its_agreements_along(alice_portal: Portal) -> None:
    for number, side in enumerate(("lister", "home")):
        gone = Organization.objects.create(name="Gone", slug=f"gone-{number}", schema_name=f"org_gone{number}")
        sides = {"lister": alice_portal.organization, "home": alice_portal.organization, side: gone}
        Listing.objects.create(band_uid=uuid.uuid4(), band_name="Owls", **sides)
        gone.delete()

    assert not Listing.objects.exists()


def test_dates_are_taken_over_by_the_listers_job(alice_portal: Portal, charlie_portal: Portal, owls: Band) -> None:
    listing = agree(alice_portal, charlie_portal)
    with tenant_context(charlie_portal.organization):
        GigFactory(venue="Knust", slug="first", bands=[owls], starts_at=timezone.now() + timedelta(days=2))
        GigFactory(venue="CANARY", is_private=True, bands=[owls], starts_at=timezone.now() + timedelta(days=4))
        GigFactory(venue="CANARY", bands=[owls], is_published=False, starts_at=timezone.now() + timedelta(days=1))
        GigFactory(venue="CANARY", bands=[owls], status="cancelled", starts_at=timezone.now() + timedelta(days=1))
        GigFactory(venue="CANARY", starts_at=timezone.now() + timedelta(days=1))
    assert Job.objects.filter(organization=alice_portal.organization, kind="listings.follow").count() == 1

    with tenant_context(alice_portal.organization):
        assert listings_follow(alice_portal.organization) == 1

    listing.refresh_from_db()
    assert [date["venue"] for date in listing.dates] == ["Knust", ""]
    with tenant_context(alice_portal.organization):
        (band,) = listed_bands(alice_portal.organization)
    assert band.next_gig is not None
    assert (band.next_gig.venue, band.url) == ("Knust", charlie_portal.organization.url("/bands/owls/"))
    with tenant_context(charlie_portal.organization):
        owls.unpublish()
        owls.save_publication()
    connection.writes.scopes.clear()
    listings_follow(alice_portal.organization)
    listing.refresh_from_db()
    assert listing.dates == []
    assert connection.writes.scopes == {alice_portal.organization.schema_name}
    connection.writes.scopes.clear()
    listings_follow(alice_portal.organization)
    assert connection.writes.scopes == set()


def test_a_band_that_is_deleted_for_good_ends_its_listing(
    alice_portal: Portal, charlie_portal: Portal, owls: Band
) -> None:
    listing = agree(alice_portal, charlie_portal)
    with tenant_context(charlie_portal.organization):
        owls.delete()

    listings_follow(alice_portal.organization)

    listing.refresh_from_db()
    assert listing.ended_side == "nobody"
    assert told(charlie_portal)[-1] == "Owls isn't listed by Alice's Agency any more."


@pytest.mark.usefixtures("owls")
def test_dates_are_due_every_quarter_of_an_hour(alice_portal: Portal, charlie_portal: Portal) -> None:
    agree(alice_portal, charlie_portal)
    Job.objects.all().delete()

    assert due_listings_enqueue() == 1
    (job,) = Job.objects.all()
    assert (job.organization, job.kind) == (alice_portal.organization, "listings.follow")
    listings_follow(alice_portal.organization)
    assert due_listings_enqueue() == 0
    Listing.objects.update(followed_at=timezone.now() - timedelta(minutes=16))
    assert due_listings_enqueue() == 1


@pytest.mark.usefixtures("owls")
def test_what_is_long_over_is_forgotten(alice_portal: Portal, charlie_portal: Portal) -> None:
    end(alice_portal, agree(alice_portal, charlie_portal))
    due_listings_enqueue()
    assert Listing.objects.count() == 1

    Listing.objects.update(ended_at=timezone.now() - timedelta(days=366))
    due_listings_enqueue()

    assert not Listing.objects.exists()


@pytest.mark.usefixtures("owls")
def test_each_sides_copy_has_the_agreement_and_its_own_people(alice_portal: Portal, charlie_portal: Portal) -> None:
    end(charlie_portal, agree(alice_portal, charlie_portal))

    (alices,), (charlies,) = listings_of(alice_portal.organization), listings_of(charlie_portal.organization)

    assert alices["proposed_by"] == alice_portal.owner_email
    assert charlie_portal.owner_email not in str(alices)
    assert (charlies["answered_by"], charlies["ended_by"]) == (charlie_portal.owner_email,) * 2
    assert alice_portal.owner_email not in str(charlies)
    assert alices["home"] == charlies["home"] == charlie_portal.organization.own_host


@pytest.mark.usefixtures("owls")
def test_a_custom_domain_leads_to_the_band_too(alice_portal: Portal, charlie_portal: Portal) -> None:
    Domain.objects.create(domain="www.choirs.example", tenant=charlie_portal.organization, is_primary=False)
    resolver.forget()

    with tenant_context(alice_portal.organization):
        listing = listing_propose(lister=alice_portal.organization, address=" WWW.Choirs.example/bands/OWLS ", by="")

    assert listing.home == charlie_portal.organization


def test_an_act_is_about_the_portal() -> None:
    assert {act for act in Act.values if act.startswith("listing_")} == {act.value for act in agreeing._ACTS.values()}
