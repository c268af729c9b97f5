"""Code for other websites: what it asks for, and what the frame then shows."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from django.conf import settings

from bandstand.accounts import roles
from bandstand.bands.models import BandRole
from bandstand.content.declaring import BAND_MEMBER
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory
from tests.factories.tours import TourFactory

PAGE = "/backstage/gigs/embed/"
HTMX = {"HX-Request": "true"}
SCRIPTS = Path(settings.STATICFILES_DIRS[0]) / "js"


def code(page: str) -> str:
    found = re.search(r'data-copy="([^"]+)"', page)
    assert found
    return html.unescape(found[1])


def test_the_backstage_shows_code_and_what_it_shows(in_alice_portal: Portal) -> None:
    tubas = BandFactory(name='The "Tubas"')
    GigFactory(title="A night", bands=[tubas])
    chosen = {
        "band": tubas.pk,
        "number": 5,
        "theme": "dark",
        "language": "de",
        "accent": "14224f",
        "resizes": "on",
    }

    answer = in_alice_portal.client_of(roles.MEMBER).get(PAGE, chosen, headers=HTMX)

    page = answer.content.decode()
    address = f"/embed/bands/{tubas.uid}/?number=5&theme=dark&language=de&accent=14224f&resize=1"
    assert html.escape(in_alice_portal.organization.url(address)) in code(page)
    assert 'title="The &quot;Tubas&quot;: gigs"' in code(page)
    assert in_alice_portal.organization.url("/embed/height.js") in code(page)
    assert f'<iframe src="{html.escape(address)}"' in page
    assert "frame-src 'self'" in answer["Content-Security-Policy"]

    frame = in_alice_portal.client().get(address)
    assert "A night" in frame.content.decode()
    assert 'lang="de"' in frame.content.decode()


def test_a_tour_has_code_of_its_own(in_alice_portal: Portal) -> None:
    tour, hidden = TourFactory(name="Spring"), TourFactory(name="CANARY", is_published=False)
    GigFactory(title="On tour", tour=tour)
    GigFactory(title="Elsewhere")
    team = in_alice_portal.client_of(roles.MEMBER)

    page = team.get(PAGE, {"tour": tour.pk, "number": 10}, headers=HTMX).content.decode()
    frame = in_alice_portal.client().get(f"/embed/tours/{tour.uid}/")

    assert html.escape(in_alice_portal.organization.url(f"/embed/tours/{tour.uid}/")) in code(page)
    assert 'title="Spring: gigs"' in code(page)
    assert ("On tour" in frame.content.decode(), "Elsewhere" in frame.content.decode()) == (True, False)
    assert "CANARY" not in team.get(PAGE).content.decode()
    refused = team.get(PAGE, {"tour": hidden.pk, "number": 10}, headers=HTMX).content.decode()
    assert ("errorlist" in refused, "<iframe" in refused) == (True, False)


def test_without_a_choice_it_is_what_the_public_page_offers(in_alice_portal: Portal) -> None:
    here = code(in_alice_portal.client_of(roles.EDITOR).get(PAGE).content.decode())
    public = in_alice_portal.client().get("/subscribe/").content.decode()

    assert "<iframe" in here
    assert "<script" not in here
    assert here in html.unescape(public)


@pytest.mark.parametrize(
    "impossible", [{"accent": "own", "own_accent": "loud"}, {"number": 51}, {"number": "x"}, {"theme": "blue"}]
)
def test_what_is_impossible_is_explained(in_alice_portal: Portal, impossible: dict[str, object]) -> None:
    page = in_alice_portal.client_of(roles.EDITOR).get(PAGE, {"number": 5, **impossible}, headers=HTMX)

    assert page.status_code == 200
    assert "errorlist" in page.content.decode()
    assert "<iframe" not in page.content.decode()


def test_a_colour_of_ones_own_may_be_typed_in_each_way(in_alice_portal: Portal) -> None:
    chosen = {"number": 10, "accent": "own", "own_accent": "#E52"}

    page = in_alice_portal.client_of(roles.EDITOR).get(PAGE, chosen, headers=HTMX).content.decode()

    assert "accent=ee5522" in code(page)


def test_a_frame_has_the_colour_that_it_asks_for(in_alice_portal: Portal) -> None:
    client = in_alice_portal.client()
    page = client.get("/embed/gigs/?accent=14224F&theme=light").content.decode()
    found = re.search(r'href="(/theme\.css[^"]+)"', page)
    assert found

    sheet = client.get(html.unescape(found[1]))

    assert "--fill: #14224f;" in sheet.content.decode()
    assert "immutable" in sheet["Cache-Control"]
    assert "--fill: #14224f;" not in client.get("/theme.css").content.decode()
    for wrong in ("14224", "red", "14224f;}", "%23fff"):
        assert client.get(f"/embed/gigs/?accent={wrong}").status_code == 404
    assert client.get("/theme.css?accent=red").status_code == 404


def test_invented_colours_are_not_kept(in_alice_portal: Portal) -> None:
    client = in_alice_portal.client()

    assert client.get("/embed/gigs/?accent=14224f").has_header("ETag")
    assert not client.get("/embed/gigs/?accent=123456").has_header("ETag")


def test_a_frame_has_a_script_only_if_its_code_asks_for_one(in_alice_portal: Portal) -> None:
    client = in_alice_portal.client()
    plain, resizing = (client.get(f"/embed/gigs/{query}") for query in ("", "?resize=1"))

    assert ("<script" in plain.content.decode(), "script-src" in plain["Content-Security-Policy"]) == (False, False)
    assert "js/embed-frame.js" in resizing.content.decode()
    assert "script-src 'self'" in resizing["Content-Security-Policy"]
    assert client.get("/embed/gigs/?resize=2").status_code == 404


def test_the_scripts_are_small_and_trust_only_the_frame_itself(in_alice_portal: Portal) -> None:
    for name in ("embed-height.js", "embed-frame.js"):
        assert (SCRIPTS / name).stat().st_size <= 1024
    answer = in_alice_portal.client().get("/embed/height.js")
    text = answer.content.decode()
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert not answer.cookies
    assert "=== source" in text
    assert "=== origin" in text


def test_a_guest_is_offered_their_own_bands(in_alice_portal: Portal) -> None:
    own, other = BandFactory(name="Ours"), BandFactory(name="CANARY")
    for band, name in ((own, "Our tour"), (other, "CANARY tour")):
        GigFactory(tour=TourFactory(name=name), bands=[band])
    BandRole.objects.create(user=in_alice_portal.user(roles.GUEST), band=own, role=BAND_MEMBER)

    page = in_alice_portal.client_of(roles.GUEST).get(PAGE).content.decode()

    assert ("Ours" in page, "Our tour" in page, "CANARY" in page) == (True, True, False)
