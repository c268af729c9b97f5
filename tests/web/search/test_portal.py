"""One search for all that visitors have a page of."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tenants.utils import tenant_context

from bandstand.bands.models import Band
from bandstand.pages.models import Page
from tests.attacks.xss_corpus import payloads
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory
from tests.factories.news import PostFactory
from tests.factories.pages import PageFactory, block
from tests.factories.polls import QuestionFactory
from tests.factories.tours import TourFactory

QUERIES = 12  # the budget of visitors' pages


def page(portal: Portal, query: str, **headers: Any) -> str:
    answer = portal.client().get(f"/search/?{query}", headers=headers or None)
    assert answer.status_code == 200
    return answer.content.decode()


def names(text: str) -> list[str]:
    headings = re.findall(r'<h2 class="found-name"[^>]*><a [^>]*>(.+?)</a>', text)
    return [re.sub("<[^>]+>", "", heading) for heading in headings]


def filters(text: str) -> dict[str, int]:
    found = re.findall(r'<li><a href="/search/\?[^"]*"[^>]*>([^<]+) <span class="figures">(\d+)<', text)
    return {name: int(count) for name, count in found}


def some_of_each() -> None:
    band = BandFactory(name="Tubas", town="Hof", biography="They play **tubas**, and nothing else.")
    soon = timezone.now() + timedelta(days=3)
    GigFactory(title="Tubas at night", bands=[band], starts_at=soon)
    GigFactory(title="", bands=[band], starts_at=soon - timedelta(days=30))
    PostFactory(title="New album", text="Words before. " * 40 + "The tubas are back! " + "Words after. " * 40)
    TourFactory(name="Tubas on tour")
    QuestionFactory(text="Which tubas?")


def test_it_finds_all_kinds_with_true_counts_and_narrows_to_one(in_alice_portal: Portal) -> None:
    some_of_each()

    text = page(in_alice_portal, "q=tubas")

    assert names(text)[0] == "Tubas"
    assert set(names(text)) == {"Tubas", "Tubas at night", "New album", "Tubas on tour", "Which tubas?"}
    assert filters(text) == {"All": 6, "Bands": 1, "Gigs": 2, "News": 1, "Polls": 1, "Tours": 1}
    assert "6 results" in text
    only = page(in_alice_portal, "q=tubas&kind=gig")
    assert names(only) == ["Tubas at night", "Tubas"]
    assert (filters(only), "2 results" in only) == (filters(text), True)
    assert 'name="kind" value="gig"' in only


def test_it_shows_where_the_words_stand(in_alice_portal: Portal) -> None:
    some_of_each()

    text = page(in_alice_portal, "q=tubas")

    assert "The <mark>tubas</mark> are back!" in text
    assert "<mark>Tubas</mark> at night" in text
    assert "They play <mark>tubas</mark>, and nothing else." in text
    assert 'href="/gigs/' in text


def test_what_is_to_come_stands_before_what_was(in_alice_portal: Portal) -> None:
    now = timezone.now()
    for title, days in (("Long ago", -400), ("Later", 60), ("Yesterday", -1), ("Soon", 5)):
        GigFactory(title=title, town="Hof", starts_at=now + timedelta(days=days))

    assert names(page(in_alice_portal, "q=hof")) == ["Soon", "Later", "Yesterday", "Long ago"]


def test_it_finds_without_accents_and_with_typos(in_alice_portal: Portal) -> None:
    BandFactory(name="Motörhead")
    BandFactory(name="Somebody else")

    for query in ("motorhead", "motohaed"):
        text = page(in_alice_portal, f"q={query}")
        assert names(text) == ["Motörhead"]
        assert "<mark>Motörhead</mark>" in text


def test_drafts_scheduled_and_expired_rows_and_the_trash_are_not_found(in_alice_portal: Portal) -> None:
    later, now = timezone.now() + timedelta(days=1), timezone.now()
    for factory in (BandFactory, GigFactory, PostFactory, TourFactory):
        name = "title" if factory in {GigFactory, PostFactory} else "name"
        factory(**{name: "Canary"}, is_published=False)
        factory(**{name: "Canary"}, is_published=False, publish_at=later)
        factory(**{name: "Canary"}).move_to_trash()
    PostFactory(title="Canary", expires_at=now, published_at=now - timedelta(days=2))
    QuestionFactory(text="Canary?", published_at=later)

    for query in ("canary", "canari"):
        text = page(in_alice_portal, f"q={query}")
        assert (names(text), filters(text)) == ([], {})
        assert "No results for" in text


def test_it_pages_through_everything(in_alice_portal: Portal) -> None:
    Band.objects.bulk_create(Band(name=f"Berg {n}", slug=f"berg-{n}", is_published=True) for n in range(45))

    pages = [page(in_alice_portal, f"q=berg&kind=band&page={number}") for number in (1, 2, 3)]

    assert sorted(name for text in pages for name in names(text)) == sorted(f"Berg {n}" for n in range(45))
    assert "?q=berg&amp;kind=band&amp;page=2" in pages[0]
    assert in_alice_portal.client().get("/search/?q=berg&page=4").status_code == 404
    assert in_alice_portal.client().get("/search/?q=berg&kind=person").status_code == 404


def test_an_empty_page_says_what_to_do(in_alice_portal: Portal) -> None:
    BandFactory(name="Tubas")

    assert "Upcoming gigs" in page(in_alice_portal, "q=xylophon")
    assert '"/search/?q=tubas"' in page(in_alice_portal, "q=tubas&kind=gig")
    assert "Enter a few letters" in page(in_alice_portal, "")
    assert in_alice_portal.client().get("/search/?q=" + "x" * 300).status_code == 422


def test_htmx_gets_the_results_alone(in_alice_portal: Portal) -> None:
    BandFactory(name="Motörhead")

    answer = in_alice_portal.client().get("/search/?q=moto", headers={"HX-Request": "true"})

    assert "<mark>Motörhead</mark>" in answer.content.decode()
    assert "<html" not in answer.content.decode()
    assert "HX-Request" in answer["Vary"]


def test_what_people_type_is_kept_nowhere(in_alice_portal: Portal) -> None:
    answer = in_alice_portal.client().get("/search/?q=moto")

    assert not answer.has_header("ETag")
    assert '<meta name="robots" content="noindex">' in answer.content.decode()
    assert "Disallow: /search/" in in_alice_portal.client().get("/robots.txt").content.decode()


@pytest.mark.parametrize(("query", "count"), [("tubas", 12), ("tubbbas", 10)])
def test_a_page_of_all_kinds_stays_in_its_budget(in_alice_portal: Portal, query: str, count: int) -> None:
    for _number in range(2):
        some_of_each()
    client = in_alice_portal.client()
    client.get("/search/?q=tubas")

    with CaptureQueriesContext(connection) as seen:
        text = client.get(f"/search/?q={query}").content.decode()

    assert len(names(text)) == count
    assert len(seen) <= QUERIES


def test_no_payload_becomes_markup(in_alice_portal: Portal) -> None:
    texts = payloads()[::7]
    for number, text in enumerate(texts):
        BandFactory(name=f"xss {text}"[:120], biography=f"xss {text}", town=text[:120], slug=f"band-{number}")
        PostFactory(title="xss", text=f"{text} xss {text}")

    for number in range(1, 2 * len(texts) // 20 + 1):
        shown = "".join(
            re.findall(r'<ul class="found-rows">.*?</ul>', page(in_alice_portal, f"q=xss&page={number}"), re.S)
        )
        tags = set(re.findall(r"<(\w+)", shown))
        assert tags <= {"ul", "li", "article", "p", "div", "h2", "a", "mark", "bdi", "time"}
        assert not re.search(r"<[^>]*\son\w+=", shown)


def test_two_portals_find_nothing_of_each_other(alice_portal: Portal, charlie_portal: Portal) -> None:
    with tenant_context(charlie_portal.organization):
        some_of_each()

    assert names(page(alice_portal, "q=tubas")) == []


def test_a_page_is_found_by_the_last_of_what_it_says(in_alice_portal: Portal) -> None:
    said = [f"{'long' * 1000} ", "Words before. " * 1000, "The xylophones are back!"]
    PageFactory(title="Instruments", blocks=[block("text", text=text) for text in said])

    text = page(in_alice_portal, "q=xylophones")

    assert names(text) == ["Instruments"]
    assert "<mark>xylophones</mark>" in text


def test_pages_are_found_unless_they_are_for_some(in_alice_portal: Portal) -> None:
    for visibility in Page.Visibility:
        PageFactory(title=f"Tubas for {visibility}", visibility=visibility)

    assert names(page(in_alice_portal, "q=tubas")) == ["Tubas for public"]
    assert names(page(in_alice_portal, "q=tubbas")) == ["Tubas for public"]
