"""Gigs of a listed band for the portal that lists it: agreed by both, sent by one's job, taken over by the other's."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.audit.models import Entry
from bandstand.calendars.events import CalendarError
from bandstand.calendars.models import CalendarSource
from bandstand.calendars.scheduling import due_enqueue
from bandstand.gigs.models import Gig
from bandstand.jobs.models import Job
from bandstand.listings.agreeing import listing_answer, listing_end, listing_propose
from bandstand.listings.models import Listing, SentGig
from bandstand.notices.models import Notice
from bandstand.organizations.models import Organization
from bandstand.partners.sending import due_senders_enqueue
from bandstand.partners.taking import gigs_take, partner_content
from bandstand.venues.models import Venue
from bandstand_worker import registry
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory
from tests.web.calendars.test_backstage import confirm, page_of
from tests.worker.conftest import Bystander, WorkOff, bystander, executor, ledger, work_off

__all__ = ["Bystander", "bystander", "executor", "ledger", "work_off"]
URL = "/backstage/listings/"
BOARD = "/backstage/gigs/outlets/"


@pytest.fixture(autouse=True)
def _handlers() -> None:
    registry.load_handlers()


@pytest.fixture
def gig(charlie_portal: Portal) -> Gig:
    """A gig of a band of Charlie's, among others that nobody else may know of."""
    with tenant_context(charlie_portal.organization):
        band = BandFactory(name="Owls", slug="owls")
        found = GigFactory(
            title="A night", venue="Molotow", town="Hamburg", notes="**Loud.**", fee="CANARY", bands=[band]
        )
        GigFactory(title="CANARY draft", is_published=False, bands=[band])
        GigFactory(title="CANARY party", is_private=True, bands=[band])
        GigFactory(title="CANARY some day", precision=Gig.Precision.MONTH, bands=[band])
        GigFactory(title="CANARY of others", bands=[BandFactory(name="CANARY others")])
        Venue.objects.filter(name="Molotow").update(country="DE", postcode="20359")
        return found


@pytest.fixture
def listing(alice_portal: Portal, charlie_portal: Portal, gig: Gig) -> Listing:
    """Alice lists Charlie's band, and has one of that name."""
    with tenant_context(alice_portal.organization):
        BandFactory(name="Owls", slug="our-owls")
        address = f"https://{charlie_portal.host}/bands/owls/"
        found = listing_propose(lister=alice_portal.organization, address=address, by=alice_portal.owner_email)
    with tenant_context(charlie_portal.organization):
        home = charlie_portal.organization
        return listing_answer(listing=found.pk, home=home, accept=True, by=charlie_portal.owner_email)


def agree(portal: Portal, listing: Listing, *, agrees: bool = True) -> str:
    """Say at the page that this side agrees; return the page that follows."""
    data = {"agrees": "1"} if agrees else {}
    answer = portal.client_of(roles.OWNER).post(f"{URL}{listing.pk}/gigs/", data, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def source_of(portal: Portal) -> CalendarSource:
    with tenant_context(portal.organization):
        return CalendarSource.objects.get()


def board_of(portal: Portal) -> str:
    """Return the cells about other portals on the board of outlets."""
    page = portal.client_of(roles.OWNER).get(BOARD).content.decode()
    return "".join(part.partition("</td>")[0] for part in page.split("<p><bdi>Alice")[1:])


def exchange(work_off: WorkOff) -> None:
    """Let the quarter of an hour pass."""
    due_senders_enqueue()
    settle(work_off)


def settle(work_off: WorkOff) -> None:
    """Do all jobs, and those that they enqueue."""
    while Job.objects.unfinished().filter(run_at__lte=timezone.now()).exists():
        work_off()


@pytest.fixture
def taken(alice_portal: Portal, charlie_portal: Portal, listing: Listing, work_off: WorkOff) -> CalendarSource:
    """The source at Alice's, after both agreed and somebody chose there."""
    for portal in (alice_portal, charlie_portal):
        agree(portal, listing)
    settle(work_off)
    source = source_of(alice_portal)
    confirm(alice_portal, source, roles.OWNER)
    settle(work_off)
    return source


def test_nothing_is_sent_before_both_sides_agreed(
    alice_portal: Portal, charlie_portal: Portal, listing: Listing, work_off: WorkOff
) -> None:
    waiting = agree(alice_portal, listing)
    exchange(work_off)
    asked = charlie_portal.client_of(roles.OWNER).get(URL).content.decode()

    assert "They haven't agreed yet." in waiting
    assert "They would like to get its gigs, as drafts." in asked
    assert not SentGig.objects.exists()
    with tenant_context(charlie_portal.organization):
        sentences = [notice.sentence for notice in Notice.objects.all()]
    assert "Alice's Agency would like to get the gigs of Owls." in sentences

    agree(charlie_portal, listing)
    settle(work_off)

    sent = SentGig.objects.get()
    assert "CANARY" not in json.dumps(sent.told)
    assert {job.kind: job.organization for job in Job.objects.filter(kind__contains="_gigs")} == {
        "listings.send_gigs": charlie_portal.organization,
        "listings.take_gigs": alice_portal.organization,
    }
    for portal in (alice_portal, charlie_portal):
        with tenant_context(portal.organization):
            (line,) = Entry.objects.filter(act="gigs_shared")
            assert line.target == "Owls"


def test_gigs_come_as_drafts_once_somebody_chose(
    alice_portal: Portal, charlie_portal: Portal, gig: Gig, listing: Listing, work_off: WorkOff
) -> None:
    for portal in (charlie_portal, alice_portal):
        agree(portal, listing)
    settle(work_off)
    source = source_of(alice_portal)
    shown = page_of(alice_portal, source)
    with tenant_context(alice_portal.organization):
        assert not Gig.objects.exists()
    confirm(alice_portal, source, roles.OWNER)
    settle(work_off)

    assert ("A night" in shown, "CANARY" in shown) == (True, False)
    with tenant_context(alice_portal.organization):
        (copy,) = Gig.objects.select_related("place")
        assert (copy.title, copy.venue, copy.town, copy.notes) == ("A night", "Molotow", "Hamburg", "**Loud.**")
        assert copy.starts_at == gig.starts_at.replace(second=0, microsecond=0)
        assert (copy.is_published, copy.status, copy.fee) == (False, "scheduled", "")
        assert [band.slug for band in copy.line_up] == ["our-owls"]
        assert copy.place is not None
        assert (copy.place.country.code, copy.place.postcode) == ("DE", "20359")
        assert copy.uid != gig.uid
    assert SentGig.objects.get().taken_at is not None
    assert "Sent" in board_of(charlie_portal)


def test_changes_follow_and_what_was_edited_stays(
    alice_portal: Portal, charlie_portal: Portal, gig: Gig, taken: CalendarSource, work_off: WorkOff
) -> None:
    with tenant_context(alice_portal.organization):
        Gig.objects.update(title="Our own title")
    later = gig.starts_at.replace(second=0, microsecond=0) + timedelta(hours=2)
    with tenant_context(charlie_portal.organization):
        Gig.objects.filter(pk=gig.pk).update(starts_at=later, title="Another night")
    changed = board_of(charlie_portal)
    exchange(work_off)

    assert "Changed since" in changed
    assert "<ins><bdi>Another night</bdi></ins>" in changed
    assert "Sent" in board_of(charlie_portal)
    with tenant_context(alice_portal.organization):
        copy = Gig.objects.get()
        assert (copy.title, copy.starts_at) == ("Our own title", later)
    assert taken.partner is not None

    with tenant_context(charlie_portal.organization):
        Gig.objects.filter(pk=gig.pk).update(status=Gig.Status.CANCELLED)
    exchange(work_off)
    with tenant_context(alice_portal.organization):
        assert Gig.objects.get().status == Gig.Status.CANCELLED


@pytest.mark.usefixtures("taken")
def test_a_gig_that_is_taken_back_goes_after_two_readings(
    alice_portal: Portal, charlie_portal: Portal, gig: Gig, work_off: WorkOff
) -> None:
    with tenant_context(charlie_portal.organization):
        Gig.objects.filter(pk=gig.pk).update(is_published=False)
    exchange(work_off)
    with tenant_context(alice_portal.organization):
        assert Gig.objects.exists()
        CalendarSource.objects.update(next_read_at=timezone.now() - timedelta(seconds=1))
        due_enqueue()
    settle(work_off)

    assert SentGig.objects.get().is_withdrawn
    with tenant_context(alice_portal.organization):
        assert not Gig.objects.exists()
        assert Gig.in_trash().count() == 1


@pytest.mark.parametrize("how", ["the home", "the lister", "with the listing"])
def test_either_side_ends_it_and_what_came_in_stays(  # noqa: PLR0917
    how: str,
    alice_portal: Portal,
    charlie_portal: Portal,
    gig: Gig,
    listing: Listing,
    taken: CalendarSource,
    work_off: WorkOff,
) -> None:
    if how == "with the listing":
        with tenant_context(charlie_portal.organization):
            listing_end(listing=listing.pk, side=charlie_portal.organization, by=charlie_portal.owner_email)
    else:
        agree(charlie_portal if how == "the home" else alice_portal, listing, agrees=False)
    with tenant_context(charlie_portal.organization):
        Gig.objects.filter(pk=gig.pk).update(title="CANARY")
    exchange(work_off)

    assert not SentGig.objects.exists()
    with tenant_context(alice_portal.organization):
        taken.refresh_from_db()
        assert taken.state == CalendarSource.State.OFF
        assert Gig.objects.get().title == "A night"


@pytest.mark.usefixtures("taken")
def test_what_cant_be_taken_in_is_told_without_the_reason(
    alice_portal: Portal, charlie_portal: Portal, work_off: WorkOff
) -> None:
    with tenant_context(alice_portal.organization):
        Gig.objects.get().move_to_trash()
    exchange(work_off)
    with tenant_context(charlie_portal.organization):
        Gig.objects.filter(title="A night").update(notes="Louder.")
    exchange(work_off)

    board = board_of(charlie_portal)
    assert "Refused" in board
    assert "Their portal can&#x27;t take it in as it is." in board
    assert "trash" not in board


@pytest.mark.usefixtures("taken")
def test_a_portal_in_another_cell_is_refused_as_elsewhere(alice_portal: Portal, charlie_portal: Portal) -> None:
    Organization.objects.filter(pk=alice_portal.organization.pk).update(state=Organization.State.MOVED)

    board = board_of(charlie_portal)

    assert ("Refused" in board, "Elsewhere" in board) == (True, True)


def test_a_third_portal_and_other_roles_have_no_say(
    alice_portal: Portal, charlie_portal: Portal, listing: Listing
) -> None:
    third = Organization.objects.create(name="Third", slug="third", schema_name="org_third")
    now = timezone.now()
    about = {"band_uid": uuid4(), "band_name": "Theirs", "state": "accepted", "answered_at": now}
    others = Listing.objects.create(lister=third, home=charlie_portal.organization, **about)
    path = f"{URL}{listing.pk}/gigs/"

    assert alice_portal.client_of(roles.OWNER).post(f"{URL}{others.pk}/gigs/", {"agrees": "1"}).status_code == 404
    for role in (roles.EDITOR, roles.MEMBER, roles.GUEST):
        assert alice_portal.client_of(role).post(path, {"agrees": "1"}).status_code == 403
    listing.refresh_from_db()
    assert (listing.gigs_wanted_at, listing.gigs_given_at) == (None, None)
    assert charlie_portal.client_of(roles.OWNER).get(path).status_code == 405


def test_a_copy_of_the_portal_gets_nothing(alice_portal: Portal, taken: CalendarSource) -> None:
    assert taken.partner is not None
    with tenant_context(alice_portal.organization):
        CalendarSource.objects.filter(pk=taken.pk).update(partner=taken.partner + 1000)  # of an agreement of others
        gigs_take(alice_portal.organization)
        with pytest.raises(CalendarError):
            partner_content(taken.partner + 1000, alice_portal.organization)
        taken.refresh_from_db()
        assert taken.state == CalendarSource.State.OFF
