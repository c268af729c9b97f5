"""News for feed readers, read back by a program that others wrote, and held against grammars of both formats."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import feedparser
import pytest
from django.utils import timezone
from lxml import etree
from pytest_django import DjangoAssertNumQueries

from bandstand.news.models import Post
from bandstand_web.news.portal.feeds import ITEMS
from tests.attacks.xss_corpus import payloads
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory
from tests.factories.media import ReadyPictureFactory
from tests.factories.news import PostFactory

KINDS = ("rss", "atom", "json")
GRAMMARS = {kind: etree.RelaxNG(etree.parse(Path(__file__).with_name(f"{kind}.rng"))) for kind in ("rss", "atom")}


def read(portal: Portal, kind: str, path: str = "/news") -> Any:
    """Return what the feed says, which has to be valid."""
    answer = portal.client().get(path if "?" in path else f"{path}.{kind}")
    assert answer.status_code == 200
    if kind == "json":
        return json.loads(answer.content)
    GRAMMARS[kind].assertValid(etree.fromstring(answer.content))
    feed = feedparser.parse(answer.content)
    assert not feed.bozo
    return feed


def full_post() -> Post:
    picture, inside = ReadyPictureFactory(), ReadyPictureFactory()
    post: Post = PostFactory(
        title="Rock & <Roll>",
        summary="Less < than & more.",
        text=f'A *night*, see [all](/gigs/).\n\n![The stage](picture:{inside.uid} "Before")',
        picture=picture,
        author="Ann & Bob",
        language="de",
        tags=["new album", "tour"],
        bands=[BandFactory(name="Tubas"), BandFactory(name="Secret", is_published=False)],
        gigs=[GigFactory()],
    )
    return post


@pytest.mark.parametrize("kind", ["rss", "atom"])
def test_feed_readers_read_the_whole_post(in_alice_portal: Portal, kind: str) -> None:
    post, url = full_post(), in_alice_portal.organization.url

    (entry,) = read(in_alice_portal, kind).entries

    assert entry.id == f"urn:uuid:{post.uid}"
    assert entry.link == url(post.get_absolute_url())
    assert entry.title == "Rock & <Roll>"
    assert entry.summary == "Less &lt; than &amp; more."
    assert entry.author == "Ann & Bob"
    assert [tag.term for tag in entry.tags] == ["new album", "tour", "Tubas"]
    (html,) = (each.value for each in entry.content if "night" in each.value)
    assert "<em>night</em>" in html
    assert f'href="{url("/gigs/")}"' in html
    assert "Secret" not in html


def test_json_says_the_same(in_alice_portal: Portal) -> None:
    post, url = full_post(), in_alice_portal.organization.url

    feed = read(in_alice_portal, "json")

    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"] == url("/news.json")
    (item,) = feed["items"]
    assert (item["id"], item["url"]) == (f"urn:uuid:{post.uid}", url(post.get_absolute_url()))
    assert (item["title"], item["summary"]) == ("Rock & <Roll>", "Less < than & more.")
    assert (item["authors"], item["language"]) == ([{"name": "Ann & Bob"}], "de")
    assert item["image"] == url(f"/news/pictures/{post.uid}/{post.picture.uid}.jpg")


def test_pictures_have_addresses_that_stay_and_that_other_websites_may_show(in_alice_portal: Portal) -> None:
    full_post()
    (item,) = read(in_alice_portal, "json")["items"]
    base = in_alice_portal.organization.url("")
    found = re.findall(r'<img src="([^"]+)" alt="([^"]*)"', item["content_html"])

    assert [alt for _address, alt in found][1:] == ["The stage"]
    assert all(address.startswith(f"{base}/news/pictures/") for address, _alt in found)
    Post.objects.update(slug="moved")
    (again,) = read(in_alice_portal, "json")["items"]
    assert re.findall(r'<img src="([^"]+)" alt="([^"]*)"', again["content_html"]) == found


def test_it_is_updated_when_visitors_saw_something_new(in_alice_portal: Portal) -> None:
    """A post that was written long before it appeared is as new as its appearance."""
    now = timezone.now()
    long_ago = now - timedelta(days=9)
    scheduled = PostFactory(is_published=False, publish_at=now - timedelta(hours=2))
    changed = PostFactory(published_at=now - timedelta(days=3))
    Post.objects.filter(pk=scheduled.pk).update(updated_at=long_ago)
    Post.objects.filter(pk=changed.pk).update(updated_at=now - timedelta(hours=1))

    items = read(in_alice_portal, "json")["items"]

    times = {each["id"]: (each["date_published"], each["date_modified"]) for each in items}
    appeared = scheduled.publish_at.isoformat()
    assert times[f"urn:uuid:{scheduled.uid}"] == (appeared, appeared)
    assert times[f"urn:uuid:{changed.uid}"][1] == (now - timedelta(hours=1)).isoformat()
    assert read(in_alice_portal, "atom").feed.updated == (now - timedelta(hours=1)).isoformat()


@pytest.mark.parametrize("kind", KINDS)
def test_only_what_visitors_see_is_in_any_of_them(in_alice_portal: Portal, kind: str) -> None:
    now = timezone.now()
    PostFactory(title="CANARY draft", is_published=False)
    PostFactory(title="CANARY later", is_published=False, publish_at=now + timedelta(days=1))
    PostFactory(title="CANARY expired", expires_at=now)
    PostFactory(title="CANARY thrown away").move_to_trash()
    PostFactory(title="Shown", bands=[BandFactory(name="CANARY band", is_published=False)])

    text = in_alice_portal.client().get(f"/news.{kind}").content.decode()

    assert "Shown" in text
    assert "CANARY" not in text


@pytest.mark.parametrize("kind", KINDS)
def test_a_band_and_a_tag_have_their_own(in_alice_portal: Portal, kind: str) -> None:
    tubas = BandFactory(name="The Tubas")
    PostFactory(title="Theirs", bands=[tubas])
    PostFactory(title="Tagged", tags=["new album"])

    def titles(path: str) -> list[str]:
        feed = read(in_alice_portal, kind, path)
        return [each["title"] for each in (feed["items"] if kind == "json" else feed.entries)]

    assert titles(f"/bands/{tubas.slug}/news") == ["Theirs"]
    assert titles(f"/news.{kind}?tag=New%20Album") == ["Tagged"]
    assert titles("/news") == ["Tagged", "Theirs"]


@pytest.mark.parametrize("kind", ["rss", "atom"])
def test_an_empty_feed_is_a_feed_and_the_same_each_time(in_alice_portal: Portal, kind: str) -> None:
    first, second = (in_alice_portal.client().get(f"/news.{kind}").content for _time in range(2))

    assert first == second
    GRAMMARS[kind].assertValid(etree.fromstring(first))


def test_readers_are_told_that_nothing_changed(in_alice_portal: Portal) -> None:
    PostFactory()
    client = in_alice_portal.client()
    first = client.get("/news.atom")

    again = client.get("/news.atom", headers={"If-None-Match": first["ETag"]})
    invented = client.get("/news.atom?tag=atlantis")

    assert (again.status_code, again.content) == (304, b"")
    assert first["Access-Control-Allow-Origin"] == "*"
    assert not first.cookies
    assert not invented.has_header("ETag")


class Seen(HTMLParser):
    """The elements of a text, each with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))


def test_nothing_that_anybody_types_runs_in_a_feed_reader(in_alice_portal: Portal) -> None:
    """The whole corpus in each text, also where a picture's words stand."""
    corpus = payloads()
    uid = ReadyPictureFactory().uid
    for start in range(0, len(corpus), 40):
        some = corpus[start : start + 40]
        words = "\n\n".join(f'![{each}](picture:{uid} "{each}")' for each in some)
        PostFactory(text="\n\n".join(some)[:30_000] + "\n\n" + words, summary=some[0][:300], title=some[1][:140])

    texts = [item["content_html"] for item in read(in_alice_portal, "json")["items"]]
    for kind in ("rss", "atom"):
        texts += [each.value for entry in read(in_alice_portal, kind).entries for each in entry.content]
    elements = [element for text in texts for element in Seen(text).elements]

    assert len(elements) > 300
    assert {tag for tag, _attributes in elements}.isdisjoint({"script", "iframe", "style", "svg", "form", "object"})
    for tag, attributes in elements:
        assert not any(name.startswith("on") or name == "style" for name in attributes), (tag, attributes)
        for name in ("href", "src"):
            assert (attributes.get(name) or "https:").split(":")[0] in {"http", "https", "mailto"}, (tag, attributes)


@pytest.mark.parametrize("number", [1, 10])
@pytest.mark.parametrize("kind", KINDS)
def test_they_ask_for_posts_and_bands_and_once_for_the_pictures_of_each_text(
    in_alice_portal: Portal, kind: str, number: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _index in range(number):
        PostFactory(bands=[BandFactory(), BandFactory()], picture=ReadyPictureFactory())
    client = in_alice_portal.client()
    client.get("/gigs/")

    with django_assert_num_queries(2):
        client.get(f"/news.{kind}")


def test_a_feed_ends_somewhere(in_alice_portal: Portal) -> None:
    for _number in range(ITEMS + 1):
        PostFactory()

    assert len(read(in_alice_portal, "rss").entries) == ITEMS


@pytest.mark.parametrize("kind", KINDS)
def test_who_opens_a_feed_in_a_browser_sees_a_page_and_programs_get_the_feed(
    in_alice_portal: Portal, kind: str
) -> None:
    PostFactory(title="Album out", tags=["tour"])
    client, path = in_alice_portal.client(), f"/news.{kind}?tag=tour"
    url = in_alice_portal.organization.url(path)

    def answers() -> list[Any]:
        return [client.get(path, headers=headers) for headers in ({}, {"Sec-Fetch-Dest": "document"})]

    answers()
    feed, page = answers()

    assert feed["Content-Type"].split(";")[0] != page["Content-Type"].split(";")[0] == "text/html"
    assert all(said in page.content.decode() for said in ("This is a feed", f"<code>{url}</code>", "Album out"))
    assert (page["Cache-Control"], "Sec-Fetch-Dest" in feed["Vary"]) == ("private, no-store", True)


def test_pages_say_where_the_feeds_are(in_alice_portal: Portal) -> None:
    band = BandFactory()
    post = PostFactory(bands=[band], tags=["tour"])
    client = in_alice_portal.client()

    def feeds(path: str) -> list[str]:
        return re.findall(
            r'<link rel="alternate" type="application/rss\+xml" href="([^"]+)"', client.get(path).content.decode()
        )

    assert feeds("/news/") == feeds(post.get_absolute_url()) == feeds("/") == ["/news.rss"]
    assert feeds("/news/?tag=tour") == ["/news.rss?tag=tour"]
    assert feeds(band.get_absolute_url()) == feeds(f"/news/?band={band.slug}") == [f"/bands/{band.slug}/news.rss"]
