"""Anything in the backstage is found from everywhere, as far as somebody sees it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bandstand.accounts import roles
from tests.conftest import Portal
from tests.factories.bands import BandFactory, MemberFactory
from tests.factories.enquiries import EnquiryFactory
from tests.factories.gigs import GigFactory
from tests.factories.news import PostFactory
from tests.factories.polls import QuestionFactory
from tests.factories.tours import TourFactory
from tests.factories.venues import VenueFactory
from tests.isolation.visiting import staff_browser

QUERIES = 26


def found(portal: Portal, query: str, role: str = roles.OWNER) -> dict[str, str]:
    """Return the links of what is found, by their texts."""
    answer = portal.client_of(role).get("/backstage/find/", {"q": query}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    links = re.findall(r'<li><a href="([^"]+)">(.+?)</a>', answer.content.decode())
    return {re.sub("<[^>]+>", "", text): url for url, text in links}


def test_it_finds_content_of_all_kinds_and_drafts(in_alice_portal: Portal) -> None:
    band = BandFactory(name="Tubas", is_published=False)
    MemberFactory(band=band, name="Tuba Anna")
    gig = GigFactory(title="", bands=[band], is_published=False, venue="Tubahalle", is_private=True)
    post = PostFactory(title="About", text="tubas", is_published=False)
    tour = TourFactory(name="Tubatour", publish_at=timezone.now() + timedelta(days=1), is_published=False)
    poll = QuestionFactory(text="Tuba?")
    message = EnquiryFactory(band=band, subject="Booking", message="We want a tuba.")
    EnquiryFactory(band=band, subject="Buy tubas", state="spam")

    gig.refresh_from_db()  # a trigger made its venue

    links = found(in_alice_portal, "tuba")

    assert links["Tubas"] in {f"/backstage/bands/{band.pk}/", f"/backstage/gigs/{gig.pk}/"}
    person = band.members.get().person
    expected = {
        "About": f"/backstage/news/{post.pk}/",
        "Tubatour": f"/backstage/tours/{tour.pk}/",
        "Tuba?": f"/backstage/polls/{poll.pk}/",
        "Tuba Anna": f"/backstage/people/{person.pk if person else 0}/",
        "Booking": f"/backstage/enquiries/{message.pk}/",
        f"Tubahalle, {gig.town}": f"/backstage/venues/{gig.place_id}/",
    }
    assert {name: links.get(name) for name in expected} == expected
    assert "Buy tubas" not in links


def test_it_finds_pages_of_the_backstage_by_their_names(in_alice_portal: Portal) -> None:
    assert found(in_alice_portal, "sett") == {"Settings": "/backstage/settings/"}
    assert found(in_alice_portal, "plan usage") == {"Plan and usage": "/backstage/plan/"}
    assert "Settings" not in found(in_alice_portal, "sett", roles.EDITOR)
    assert found(in_alice_portal, "team", roles.MEMBER) == {}


def test_whoever_may_only_look_is_led_to_the_list(in_alice_portal: Portal) -> None:
    band = BandFactory(name="Tubas & Co")
    VenueFactory(name="Tubas & Co", town="Hof")

    links = found(in_alice_portal, "tubas", roles.MEMBER)

    assert links["Tubas &amp; Co"] == "/backstage/bands/?q=Tubas+%26+Co"
    assert in_alice_portal.client_of(roles.MEMBER).get(f"/backstage/bands/{band.pk}/").status_code == 403


def test_it_is_a_page_too_and_every_page_leads_to_it(in_alice_portal: Portal) -> None:
    BandFactory(name="Tubas")
    client = in_alice_portal.client_of(roles.EDITOR)

    page = client.get("/backstage/find/?q=tubas").content.decode()

    assert "<h1>Find anything</h1>" in page
    assert 'value="tubas"' in page
    assert ">Tubas<" in page
    assert 'href="/backstage/find/" data-find' in client.get("/backstage/").content.decode()
    assert "Nothing here matches" in client.get("/backstage/find/?q=xylophon").content.decode()
    assert client.get("/backstage/find/?q=" + "x" * 5000).status_code == 200


def test_visitors_and_strangers_find_nothing(in_alice_portal: Portal) -> None:
    BandFactory(name="Tubas")

    assert in_alice_portal.client().get("/backstage/find/?q=tubas").status_code == 302
    assert staff_browser().get("/backstage/find/?q=tubas").status_code in {302, 403, 404}


@pytest.mark.parametrize("query", ["tubas", "tubbbas"])
def test_it_stays_in_its_budget(in_alice_portal: Portal, query: str) -> None:
    for number in range(3):
        band = BandFactory(name=f"Tubas {number}")
        MemberFactory(band=band, name="Tubas Anna")
        GigFactory(title="", bands=[band, BandFactory(name=f"Other {number}")])
        PostFactory(title="Tubas", bands=[band])
        TourFactory(name="Tubas")
        EnquiryFactory(band=band, subject="Tubas")
    client = in_alice_portal.client_of(roles.EDITOR)
    client.get(f"/backstage/find/?q={query}")

    with CaptureQueriesContext(connection) as seen:
        client.get(f"/backstage/find/?q={query}")

    assert len(seen) <= QUERIES
