"""Each page that a search engine finds says where it is, what it is about, and what is on it, in valid words."""

from __future__ import annotations

import json
import re
from typing import Any

from bandstand.portals.models import PortalSettings
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory
from tests.factories.media import ReadyPictureFactory
from tests.factories.polls import QuestionFactory
from tests.factories.tours import TourFactory
from tests.web.schema_org import TYPES, faults

HOST = "http://alice.bandstand.localhost:8000"
WANTED = {
    "/": ["Organization"],
    "/bands/": ["ItemList"],
    "/bands/owls/": ["MusicGroup", "BreadcrumbList"],
    "/gigs/": ["ItemList"],
    "/gigs/a-night/": ["MusicEvent", "BreadcrumbList"],
    "/tours/": ["ItemList"],
    "/tours/winter/": ["BreadcrumbList"],
    "/polls/": ["ItemList"],
}


def told(page: str) -> list[dict[str, Any]]:
    return [json.loads(text) for text in re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)]


def test_each_page_is_described_in_valid_words(in_alice_portal: Portal) -> None:
    band = BandFactory(slug="owls", formed=1999, town="Ulm", photo=ReadyPictureFactory())
    GigFactory(slug="a-night", title="</script>", bands=[band], tour=TourFactory(slug="winter"))
    QuestionFactory()
    client = in_alice_portal.client()

    for path, kinds in WANTED.items():
        page = client.get(path).content.decode()
        things = told(page)

        assert [thing["@type"] for thing in things] == kinds, path
        assert [fault for thing in things for fault in faults(thing, among=list(TYPES))] == [], path
        assert page.count('<meta property="og:title"') == 1, path
        assert f'<link rel="canonical" href="{HOST}{path}">' in page


def test_a_list_and_the_way_to_a_row_name_the_same_pages(in_alice_portal: Portal) -> None:
    BandFactory(slug="owls", name="Owls")
    client = in_alice_portal.client()

    (listed,) = told(client.get("/bands/").content.decode())
    way = told(client.get("/bands/owls/").content.decode())[1]

    assert [item["url"] for item in listed["itemListElement"]] == [f"{HOST}/bands/owls/"]
    assert [(item["position"], item["name"], item["item"]) for item in way["itemListElement"]] == [
        (1, "Bands", f"{HOST}/bands/"),
        (2, "Owls", f"{HOST}/bands/owls/"),
    ]


def test_each_page_of_a_list_is_a_page_of_its_own(in_alice_portal: Portal) -> None:
    BandFactory.create_batch(25, town="Ulm")
    client = in_alice_portal.client()

    second = client.get("/bands/?utm_source=mail&page=2").content.decode()
    of_a_town = client.get("/bands/?town=Ulm&nonsense=1").content.decode()

    assert f'<link rel="canonical" href="{HOST}/bands/?page=2">' in second
    assert f'<link rel="canonical" href="{HOST}/bands/?town=Ulm">' in of_a_town


def test_the_first_page_of_a_list_has_one_address(in_alice_portal: Portal) -> None:
    client = in_alice_portal.client()

    for path in ("/bands/?page=1", "/bands/?town=Ulm&page=1"):
        page = client.get(path).content.decode()
        address = f"{HOST}{path}".replace("?page=1", "").replace("&page=1", "")
        assert f'<link rel="canonical" href="{address}">' in page
        assert f'<meta property="og:url" content="{address}">' in page


def test_shared_links_to_lists_say_which_list_it_is(in_alice_portal: Portal) -> None:
    client = in_alice_portal.client()
    lists = {
        "/bands/": "All Bands",
        "/gigs/": "Gigs",
        "/gigs/?when=past": "Past gigs",
        "/news/": "News",
        "/tours/": "Tours",
        "/polls/": "Polls",
        "/subscribe/": "Gigs in your calendar",
    }

    for path, title in lists.items():
        assert f'<meta property="og:title" content="{title}">' in client.get(path).content.decode(), path


def test_a_page_without_a_picture_shows_the_portals_icon_where_it_is_shared(in_alice_portal: Portal) -> None:
    settings = PortalSettings.objects.current()
    settings.icons = "pictures/abc"
    settings.save()

    page = in_alice_portal.client().get("/polls/").content.decode()

    assert f'<meta property="og:image" content="{HOST}/icons/512.png?v=abc">' in page
    assert '<meta name="twitter:card" content="summary">' in page
