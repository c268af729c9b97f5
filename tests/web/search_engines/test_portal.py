"""What search engines find of a portal: all that visitors see, and nothing else."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from django.test import Client
from lxml import etree
from pytest_django import DjangoAssertNumQueries

from bandstand.content.appearing import appearing_models
from bandstand_web.search_engines import sitemaps
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory
from tests.factories.media import ReadyPictureFactory
from tests.factories.news import PostFactory
from tests.factories.pages import PageFactory
from tests.factories.polls import QuestionFactory
from tests.factories.tours import TourFactory

PROTOCOL = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
PICTURES = "{http://www.google.com/schemas/sitemap-image/1.1}"
GRAMMAR = etree.RelaxNG(etree.parse(Path(__file__).with_name("sitemap.rng")))
HOST = "http://alice.bandstand.localhost:8000"


def read(client: Client, path: str) -> etree._Element:
    """Return a file, which has to be as the protocol has it."""
    answer = client.get(path)
    assert answer.status_code == 200, path
    assert answer["Content-Type"] == "application/xml"
    file = etree.fromstring(answer.content)
    GRAMMAR.assertValid(file)
    return file


def locations(root: etree._Element) -> list[str]:
    """Return the addresses that a file or the list of files holds."""
    return [str(entry.findtext(f"{PROTOCOL}loc")) for entry in root]


def found(client: Client) -> set[str]:
    """Return every page that a search engine finds, by the way that robots.txt shows."""
    lines = client.get("/robots.txt").content.decode().splitlines()
    (begin,) = [line.removeprefix("Sitemap: ") for line in lines if line.startswith("Sitemap: ")]
    files = [address.removeprefix(HOST) for address in locations(read(client, begin.removeprefix(HOST)))]
    pages = [address for file in files for address in locations(read(client, file))]
    assert len(pages) == len(set(pages))
    assert all(address.startswith(f"{HOST}/") for address in pages)
    return {address.removeprefix(HOST) for address in pages}


def test_it_finds_each_kinds_rows_that_visitors_see(in_alice_portal: Portal) -> None:
    rows = [
        *(BandFactory(slug="owls"), GigFactory(slug="a-night"), TourFactory(slug="winter"), QuestionFactory()),
        *(PostFactory(slug="album", picture=ReadyPictureFactory()), PageFactory(slug="about", language="fr")),
        *(BandFactory(slug="unready", is_published=False), GigFactory(slug="unready", is_published=False)),
    ]
    BandFactory(slug="deleted").move_to_trash()
    client = in_alice_portal.client()

    pages = found(client)

    assert {type(row) for row in rows} == {model for model in appearing_models() if hasattr(model, "get_absolute_url")}
    assert {"/", "/bands/", "/gigs/", *(row.get_absolute_url() for row in rows[:6])} <= pages
    assert not any("unready" in page or "deleted" in page or "search" in page for page in pages)
    assert [page for page in pages if client.get(page).status_code != 200] == []


def test_it_finds_nothing_of_another_portal(in_alice_portal: Portal, charlie_portal: Portal) -> None:
    BandFactory(slug="owls")
    (lists,) = locations(read(charlie_portal.client(), "/sitemap.xml"))

    assert lists.endswith("/sitemap-lists.xml")
    assert charlie_portal.client().get("/sitemap-band.xml").status_code == 404
    assert found(in_alice_portal.client()) >= {"/bands/owls/"}


def test_it_names_the_pictures_and_when_a_row_was_changed(in_alice_portal: Portal) -> None:
    band = BandFactory(photo=ReadyPictureFactory())

    (entry,) = read(in_alice_portal.client(), "/sitemap-band.xml")

    (picture,) = entry.iter(f"{PICTURES}loc")
    assert str(picture.text).startswith(HOST)
    assert str(picture.text).endswith(band.photo.file)
    assert datetime.fromisoformat(str(entry.findtext(f"{PROTOCOL}lastmod"))) == band.updated_at


@pytest.mark.parametrize(
    "fault",
    [
        b"<loc>/bands/</loc>",
        b"<loc>http://a.example/b\xc3\xa4nde/</loc>",
        b"<loc>http://a.example/</loc><lastmod>2026-11-30T20:00:00</lastmod>",
        b"<loc>http://a.example/</loc><loc>http://a.example/b/</loc>",
        b"<lastmod>2026-11-30</lastmod>",
        b"<loc>http://a.example/</loc><changed/>",
    ],
)
def test_the_grammar_knows_faults(fault: bytes) -> None:
    url = b"<url>%s</url>" % fault
    file = b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">%s</urlset>' % url

    assert not GRAMMAR.validate(etree.fromstring(file))


def test_many_rows_stand_in_several_files(
    in_alice_portal: Portal,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    monkeypatch.setattr(sitemaps.KindSitemap, "limit", 2)
    gigs = GigFactory.create_batch(5)
    client = in_alice_portal.client()
    client.get("/robots.txt")

    with django_assert_max_num_queries(12):
        files = [file for file in locations(read(client, "/sitemap.xml")) if "gig" in file]
    with django_assert_max_num_queries(5):
        locations(read(client, "/sitemap-gig.xml?p=2"))

    assert files == [f"{HOST}/sitemap-gig.xml{end}" for end in ("", "?p=2", "?p=3")]
    pages = [page for file in files for page in locations(read(client, file.removeprefix(HOST)))]
    assert pages == [f"{HOST}{gig.get_absolute_url()}" for gig in gigs]
    assert client.get("/sitemap-gig.xml?p=4").status_code == 404
    assert client.get("/sitemap-none.xml").status_code == 404


def test_robots_are_kept_out_of_what_is_for_people(alice_portal: Portal) -> None:
    answer = alice_portal.client().get("/robots.txt")

    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    lines = answer.content.decode().splitlines()
    assert lines[0] == "User-agent: *"
    assert {f"Disallow: {path}" for path in ("/backstage/", "/accounts/", "/search/")} < set(lines)


def test_a_page_of_invented_values_is_found_by_nobody(in_alice_portal: Portal) -> None:
    BandFactory(town="Ulm")
    client = in_alice_portal.client()

    assert client.get("/bands/?town=Nowhere")["X-Robots-Tag"] == "noindex"
    assert "X-Robots-Tag" not in client.get("/bands/?town=Ulm")


def test_the_platform_shows_what_tells_of_the_product(platform_client: Client) -> None:
    (sitemap,) = [
        line.removeprefix("Sitemap: http://bandstand.localhost")
        for line in platform_client.get("/robots.txt").content.decode().splitlines()
        if line.startswith("Sitemap")
    ]

    pages = locations(read(platform_client, sitemap))

    assert pages == [f"http://bandstand.localhost{path}" for path in ("/", "/signup/")]
