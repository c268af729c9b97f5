"""The listing of bands and each band's page, as visitors see them."""

from __future__ import annotations

import json
import re

import pytest
from pytest_django import DjangoAssertNumQueries

from tests.conftest import Portal
from tests.factories.bands import BandFactory, BandLinkFactory, BandPhotoFactory, MemberFactory
from tests.factories.gigs import GigFactory, PastGigFactory
from tests.factories.media import PictureFactory, ReadyPictureFactory

QUERIES_OF_LISTING = 4  # bands with their genres, next gigs, genres to choose, towns to choose


def page(portal: Portal, path: str, **headers: str) -> str:
    answer = portal.client().get(path, headers=headers)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_it_lists_all_bands_under_the_names_that_the_origin_gave_them(in_alice_portal: Portal) -> None:
    band = BandFactory(name="Nitro & Glycerine", can_rock=True)

    text = page(in_alice_portal, "/bands/")

    assert "<title>Band Listing</title>" in text
    assert re.search(r"<h1>\s*All Bands\s*</h1>", text)
    assert f'<a href="{band.get_absolute_url()}"><bdi>Nitro &amp; Glycerine</bdi></a></h2>' in text
    assert text.count("This band can rock!") == 1


def test_it_says_of_no_other_band_that_it_can_rock(in_alice_portal: Portal) -> None:
    BandFactory(can_rock=False)

    assert "can rock" not in page(in_alice_portal, "/bands/")


@pytest.mark.parametrize(("number", "words"), [(1, "We have only one band."), (12, "We have 12 bands.")])
def test_it_counts_bands_in_words_that_fit(in_alice_portal: Portal, number: int, words: str) -> None:
    BandFactory.create_batch(number)
    BandFactory(is_published=False)

    assert words in page(in_alice_portal, "/bands/")


def test_it_shows_pictures_genres_and_the_next_gig(in_alice_portal: Portal) -> None:
    band = BandFactory(genres=["Doom", "Polka"], photo=ReadyPictureFactory())
    GigFactory(bands=[band], venue="Molotow")
    PastGigFactory(bands=[band], venue="Gone")
    BandFactory(photo=PictureFactory())

    text = page(in_alice_portal, "/bands/")

    assert "Doom, Polka" in text
    assert "image/webp" in text
    assert "Molotow" in text
    assert "Gone" not in text


def test_it_filters_by_genre_and_town_and_keeps_the_filter_in_the_pages(in_alice_portal: Portal) -> None:
    BandFactory(name="Wanted", genres=["Doom"], town="Köln")
    BandFactory(name="Elsewhere", genres=["Doom"], town="Bonn")
    BandFactory(name="Otherwise", genres=["Polka"], town="Köln")

    text = page(in_alice_portal, "/bands/?genre=doom&town=Köln")

    assert "Wanted" in text
    assert "Elsewhere" not in text
    assert "Otherwise" not in text
    assert "1 band matches." in text


def test_it_pages(in_alice_portal: Portal) -> None:
    for number in range(30):
        BandFactory(name=f"Band {number:02}")

    assert "Band 24" not in page(in_alice_portal, "/bands/")
    assert "Band 24" in page(in_alice_portal, "/bands/?page=2")
    for impossible in ("3", "99", "x", "0", "-1", "²", "1.0", "9" * 5000):
        assert in_alice_portal.client().get("/bands/", {"page": impossible}).status_code == 404, impossible


@pytest.mark.parametrize(
    ("path", "status"), [("/bands/?genre=%00", 400), ("/bands/?town=" + "x" * 500, 404), ("/search/?q=%00", 400)]
)
def test_it_takes_bad_input_calmly(in_alice_portal: Portal, path: str, status: int) -> None:
    BandFactory(name="Anybody")

    answer = in_alice_portal.client().get(path)

    assert answer.status_code == status
    assert "Anybody" not in answer.content.decode()


@pytest.mark.parametrize("number", [1, 20])
def test_it_asks_as_often_for_many_bands_as_for_one(
    in_alice_portal: Portal, number: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for index in range(number):
        band = BandFactory(genres=["Doom", f"Genre {index}"], photo=ReadyPictureFactory(), town=f"Town {index}")
        GigFactory(bands=[band])
    client = in_alice_portal.client()
    client.get("/bands/")  # warm: the host and the portal's settings are known from here on

    with django_assert_num_queries(QUERIES_OF_LISTING) as captured:
        client.get("/bands/")

    assert not [query for query in captured if "session" in query["sql"] or "accounts_user" in query["sql"]]


def test_it_keeps_each_portals_bands_apart(in_alice_portal: Portal, charlie_portal: Portal) -> None:
    band = BandFactory(name="Alice's own")

    assert "Alice&#x27;s own" in page(in_alice_portal, "/bands/")
    assert "Alice&#x27;s own" not in page(charlie_portal, "/bands/")
    assert charlie_portal.client().get(band.get_absolute_url()).status_code == 404


def test_it_shows_a_band_with_all_that_belongs_to_it(in_alice_portal: Portal) -> None:
    band = BandFactory(name="Motörhead", biography="We are **loud**. <script>x</script>", town="London", formed=1975)
    MemberFactory(band=band, name="Lemmy", instruments=["Bass", "Vocals"])
    MemberFactory(band=band, name="Fast Eddie", until=1982)
    BandLinkFactory(band=band, label="Elsewhere on the web")
    BandPhotoFactory(band=band, caption="On stage")
    GigFactory(bands=[band], venue="Marquee")

    text = page(in_alice_portal, band.get_absolute_url())

    assert "<strong>loud</strong>" in text
    assert "<script>x" not in text
    assert "Bass, Vocals" in text
    assert "Former members" in text
    assert "Elsewhere on the web" in text
    assert "On stage" in text
    assert "Marquee" in text
    assert '<meta property="og:title" content="Motörhead">' in text


@pytest.mark.parametrize(("width", "height", "is_tall"), [(800, 1000, True), (1600, 900, False), (900, 900, False)])
def test_it_shows_a_tall_picture_whole(in_alice_portal: Portal, width: int, height: int, *, is_tall: bool) -> None:
    band = BandFactory(photo=ReadyPictureFactory(width=width, height=height))

    assert ("band-head is-tall" in page(in_alice_portal, band.get_absolute_url())) is is_tall


def test_it_describes_a_band_to_search_engines(in_alice_portal: Portal) -> None:
    band = BandFactory(name="</script><b>", genres=["Doom"], formed=1999)
    MemberFactory(band=band, name="Ada")

    text = page(in_alice_portal, band.get_absolute_url())
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', text)

    assert found
    data = json.loads(found[1])
    assert data["@type"] == "MusicGroup"
    assert data["name"] == "</script><b>"
    assert data["genre"] == ["Doom"]
    assert data["member"] == [{"@type": "Person", "name": "Ada"}]
    assert data["url"] == in_alice_portal.organization.url(band.get_absolute_url())


def test_it_hides_drafts_everywhere(in_alice_portal: Portal) -> None:
    draft = BandFactory(name="Secret project", is_published=False)
    gig = GigFactory(bands=[draft, BandFactory(name="Known")])
    client = in_alice_portal.client()

    assert client.get(draft.get_absolute_url()).status_code == 404
    for path in ["/", "/bands/", "/search/?q=secret", "/gigs/", gig.get_absolute_url()]:
        assert "Secret project" not in client.get(path).content.decode(), path


def test_the_search_for_bands_leads_on_to_the_one_for_everything(in_alice_portal: Portal) -> None:
    answer = in_alice_portal.client().get("/bands/search/?q=Mot%C3%B6r+head")

    assert (answer.status_code, answer["Location"]) == (301, "/search/?q=Mot%C3%B6r+head&kind=band")
