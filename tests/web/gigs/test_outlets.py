"""The outlet board: what other websites know of the gigs, and the files for them."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from bandstand.accounts import roles
from bandstand.bands.models import Band, BandRole
from bandstand.content.changes import Change as Recorded
from bandstand.content.declaring import BAND_EDITOR, BAND_MEMBER
from bandstand.gigs.models import Gig
from bandstand.gigs.outlets import BANDSINTOWN, OUTLETS, SONGKICK, OutletState, known_of, outlet_tell
from bandstand.venues.models import Venue
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory

BOARD = "/backstage/gigs/outlets/"
SPRING = datetime(2031, 4, 5, 18, 0, tzinfo=UTC)


@pytest.fixture
def tubas(in_alice_portal: Portal) -> Band:
    return BandFactory(name="The Tübas", slug="the-tubas")


def the_gig() -> Gig:
    return Gig.objects.for_visitors().select_related("place").get()


def file_of(portal: Portal, band: Band, outlet: str, role: str = roles.EDITOR) -> list[dict[str, str]]:
    answer = portal.client_of(role).post(f"{BOARD}{outlet}/file/{band.pk}/")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.content.decode())))


def test_the_files_have_what_their_templates_ask_for(in_alice_portal: Portal, tubas: Band) -> None:
    GigFactory(
        title="Spring Night",
        bands=[BandFactory(name="Headliners"), tubas, BandFactory(name="Secret", is_published=False)],
        venue="Molotow",
        address="Nobistor 14",
        town="Hamburg",
        starts_at=SPRING,
        ticket_url="https://tickets.example/1",
        notes="**Loud.**",
        status=Gig.Status.SOLD_OUT,
    )
    Venue.objects.update(country="DE", postcode="22767")

    (bandsintown,) = file_of(in_alice_portal, tubas, "bandsintown")
    (songkick,) = file_of(in_alice_portal, tubas, "songkick")

    assert {name: value for name, value in bandsintown.items() if value} == {
        "Artist Name": "The Tübas",
        "Venue*": "Molotow",
        "Country*": "Germany",
        "Address": "Nobistor 14",
        "City*": "Hamburg",
        "Postal Code": "22767",
        "Timezone*": "Europe/Berlin",
        "Start Date* (yyyy-mm-dd)": "2031-04-05",
        "Start Time* (HH:MM)": "20:00",
        "Ticket Link": "https://tickets.example/1",
        "Ticket Type": "Sold Out",
        "Lineup": "Headliners",
        "Event Name": "Spring Night",
        "Description": "Loud.",
    }
    assert {name: value for name, value in songkick.items() if value} == {
        "Date*": "2031-04-05",
        "Venue*": "Molotow",
        "City*": "Hamburg",
        "Country*": "Germany",
        "Lineup": "Headliners",
        "Ticket Link": "https://tickets.example/1",
    }


def test_a_gig_is_never_sent_then_sent_then_changed_and_what_has_changed(in_alice_portal: Portal, tubas: Band) -> None:
    gig = GigFactory(title="A night", venue="Molotow", bands=[tubas], starts_at=SPRING)
    Venue.objects.update(country="DE")
    before = Gig.objects.get().updated_at
    assert [known_of(the_gig(), outlet).state for outlet in OUTLETS.values()] == [OutletState.NEVER, OutletState.NEVER]

    assert len(file_of(in_alice_portal, tubas, "bandsintown")) == 1
    assert [known_of(the_gig(), outlet).state for outlet in OUTLETS.values()] == [OutletState.SENT, OutletState.NEVER]
    assert Gig.objects.get().updated_at == before
    page = in_alice_portal.client_of(roles.EDITOR).post(f"{BOARD}bandsintown/file/{tubas.pk}/", follow=True)
    assert "There is nothing new for Bandsintown." in page.content.decode()

    gig.starts_at += timedelta(hours=1)
    gig.venue, gig.notes = "Knust", "Of no interest there"
    gig.save()

    known = known_of(the_gig(), BANDSINTOWN)
    assert known.state is OutletState.CHANGED
    assert [(change.name, change.before, change.now) for change in known.changes] == [
        ("Start", "2031-04-05 20:00", "2031-04-05 21:00"),
        ("Where", "Molotow, Berlin", "Knust, Berlin"),
    ]
    page = in_alice_portal.client_of(roles.EDITOR).get(f"{BOARD}?band={tubas.pk}").content.decode()
    assert "<del><bdi>2031-04-05 20:00</bdi></del> <ins><bdi>2031-04-05 21:00</bdi></ins>" in page


def test_people_say_what_became_of_it(in_alice_portal: Portal, tubas: Band) -> None:
    gig = GigFactory(bands=[tubas])
    Venue.objects.update(country="DE")
    browser = in_alice_portal.client_of(roles.EDITOR)
    mark = f"{BOARD}songkick/{gig.pk}/"

    for act, state in (("told", OutletState.SENT), ("refused", OutletState.REFUSED), ("forget", OutletState.NEVER)):
        assert browser.post(mark, {"act": act}).status_code == 302
        assert known_of(the_gig(), SONGKICK).state is state
    assert known_of(the_gig(), BANDSINTOWN).state is OutletState.NEVER
    assert browser.post(mark, {"act": "eat"}).status_code == 404
    assert browser.post(f"{BOARD}myspace/{gig.pk}/", {"act": "told"}).status_code == 404


def test_what_an_outlet_would_refuse_says_why_and_is_in_no_file(in_alice_portal: Portal, tubas: Band) -> None:
    GigFactory(bands=[tubas])
    browser = in_alice_portal.client_of(roles.EDITOR)

    assert known_of(the_gig(), SONGKICK).state is OutletState.INCOMPLETE
    assert known_of(the_gig(), SONGKICK).reason == "The venue has no country."
    assert "The venue has no country." in browser.get(BOARD).content.decode()
    assert browser.post(f"{BOARD}songkick/file/{tubas.pk}/").status_code == 302

    Venue.objects.update(country="US")
    assert known_of(the_gig(), SONGKICK).state is OutletState.NEVER
    assert "state" in known_of(the_gig(), BANDSINTOWN).reason


def test_private_events_and_open_dates_stay_here(in_alice_portal: Portal, tubas: Band) -> None:
    GigFactory(venue="CANARY hall", bands=[tubas], is_private=True)
    GigFactory(bands=[tubas], precision=Gig.Precision.MONTH)
    Venue.objects.update(country="DE")
    browser = in_alice_portal.client_of(roles.EDITOR)

    page = browser.get(BOARD).content.decode()

    assert ("Private event: it isn" in page, "still to be announced" in page, "CANARY" in page) == (True, True, False)
    assert browser.post(f"{BOARD}bandsintown/file/{tubas.pk}/").status_code == 302


def test_files_have_only_what_visitors_see_and_what_takes_place(in_alice_portal: Portal, tubas: Band) -> None:
    GigFactory(title="Shown", bands=[tubas])
    GigFactory(title="CANARY draft", bands=[tubas], is_published=False)
    GigFactory(title="CANARY off", bands=[tubas], status=Gig.Status.CANCELLED)
    GigFactory(title="CANARY gone", bands=[tubas]).move_to_trash()
    GigFactory(title="CANARY past", bands=[tubas], starts_at=timezone.now() - timedelta(days=2))
    GigFactory(title="CANARY others")
    Venue.objects.update(country="DE")

    assert [row["Event Name"] for row in file_of(in_alice_portal, tubas, "bandsintown")] == ["Shown"]


def test_a_file_holds_as_many_as_the_outlet_takes(in_alice_portal: Portal, tubas: Band) -> None:
    for index in range(52):
        GigFactory(venue="One", bands=[tubas], starts_at=timezone.now() + timedelta(days=index + 1))
    Venue.objects.update(country="DE")

    assert [len(file_of(in_alice_portal, tubas, "bandsintown")) for _round in range(2)] == [50, 2]


def test_formulas_stay_text(in_alice_portal: Portal, tubas: Band) -> None:
    GigFactory(title="=1+1", bands=[tubas])
    Venue.objects.update(country="DE")

    assert file_of(in_alice_portal, tubas, "bandsintown")[0]["Event Name"] == "'=1+1"


def test_roles_decide_who_looks_and_who_sends(in_alice_portal: Portal, tubas: Band) -> None:
    gig, others = GigFactory(title="Ours", bands=[tubas]), GigFactory(title="CANARY", bands=[BandFactory()])
    Venue.objects.update(country="DE")
    role = BandRole.objects.create(user=in_alice_portal.user(roles.GUEST), band=tubas, role=BAND_MEMBER)
    guest = in_alice_portal.client_of(roles.GUEST)
    marks = [f"{BOARD}songkick/{each.pk}/" for each in (gig, others)]

    page = guest.get(BOARD).content.decode()
    assert ("Ours" in page, "CANARY" in page) == (True, False)
    assert [guest.post(mark, {"act": "told"}).status_code for mark in marks] == [403, 403]
    BandRole.objects.filter(pk=role.pk).update(role=BAND_EDITOR)
    assert [guest.post(mark, {"act": "told"}).status_code for mark in marks] == [302, 404]
    member = in_alice_portal.client_of(roles.MEMBER)
    assert member.get(BOARD).status_code == 200
    assert member.post(f"{BOARD}songkick/file/{tubas.pk}/").status_code == 403


def test_a_form_that_was_open_meanwhile_takes_nothing_back_and_histories_say_nothing(
    in_alice_portal: Portal, tubas: Band
) -> None:
    gig = GigFactory(bands=[tubas])
    stale = Gig.objects.get(pk=gig.pk)
    recorded = Recorded.objects.count()
    outlet_tell(SONGKICK, [the_gig()])
    assert Recorded.objects.count() == recorded

    stale.title = "Another title"
    stale.save()

    assert Gig.objects.get().outlets["songkick"]["at"]
