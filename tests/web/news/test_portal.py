"""News as visitors meet it."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from bandstand.news.models import Post
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory
from tests.factories.media import ReadyPictureFactory
from tests.factories.news import PostFactory
from tests.web.schema_org import faults


def page(portal: Portal, path: str) -> str:
    answer = portal.client().get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_list_shows_what_is_pinned_and_then_the_latest(in_alice_portal: Portal) -> None:
    now = timezone.now()
    for title, days in (("Yesterday", 1), ("Last week", 7), ("Pinned", 30)):
        PostFactory(title=title, published_at=now - timedelta(days=days), is_pinned=title == "Pinned")
    PostFactory(title="CANARY", is_published=False)

    text = page(in_alice_portal, "/news/")

    assert re.findall(r'<h2 class="news-title"[^>]*><a [^>]*>([^<]+)<', text) == ["Pinned", "Yesterday", "Last week"]
    assert "CANARY" not in text
    assert page(in_alice_portal, "/bands/").count('href="/news/"') == 1


def test_it_is_narrowed_to_a_band_and_to_a_tag(in_alice_portal: Portal) -> None:
    tubas = BandFactory(name="Tubas")
    PostFactory(title="Theirs", bands=[tubas])
    PostFactory(title="Tagged", tags=["new album"])
    client = in_alice_portal.client()

    for query, shown, other in ((f"band={tubas.slug}", "Theirs", "Tagged"), ("tag=New+album", "Tagged", "Theirs")):
        text = page(in_alice_portal, f"/news/?{query}")
        assert (shown in text, f">{other}<" in text) == (True, False)
    assert '?tag=new%20album"' in page(in_alice_portal, "/news/")
    assert client.get("/news/?band=nobody").status_code == 404
    assert "No news" in page(in_alice_portal, "/news/?tag=atlantis")
    assert not client.get("/news/?tag=atlantis").has_header("ETag")


def test_a_post_says_what_it_is_about(in_alice_portal: Portal) -> None:
    inside = ReadyPictureFactory(credit="Ann")
    post = PostFactory(
        title="Album",
        summary="It is out.",
        text=f'A *night*.\n\n![The stage](picture:{inside.uid} "Before")\n\n![](picture:{inside.uid}0)',
        author="Bob",
        language="de",
        tags=["tour"],
        bands=[BandFactory(name="Tubas"), BandFactory(name="CANARY", is_published=False)],
        gigs=[GigFactory(title="Release party"), GigFactory(title="CANARY", is_published=False)],
    )
    PostFactory(title="Another one")

    text = page(in_alice_portal, post.get_absolute_url())

    for said in (
        "Album",
        "It is out.",
        "<em>night</em>",
        "By <bdi>Bob",
        "Tubas",
        "Release party",
        "#tour",
        "Another one",
    ):
        assert said.replace("#tour", "?tag=tour") in text
    assert ('alt="The stage"' in text, "Before" in text, "Photo: <bdi>Ann</bdi>" in text) == (True, True, True)
    assert '<article class="post" lang="de">' in text
    assert "CANARY" not in text
    assert f"{inside.uid}0" not in text


def test_search_engines_read_it(in_alice_portal: Portal) -> None:
    now = timezone.now()
    for post in (
        PostFactory(title="</script>", author="Bob", picture=ReadyPictureFactory(), tags=["a"], bands=[BandFactory()]),
        PostFactory(published_at=now - timedelta(days=3)),
    ):
        found = re.search(
            r'<script type="application/ld\+json">(.*?)</script>', page(in_alice_portal, post.get_absolute_url())
        )
        assert found
        told: dict[str, Any] = json.loads(found[1])
        assert faults(told, among=["BlogPosting"]) == []
        assert told["headline"] == post.title
        assert told["author"]["name"] == (post.author or in_alice_portal.organization.name)
        assert told["datePublished"] == post.shown_since.isoformat()


def test_home_and_a_bands_page_show_what_is_new(in_alice_portal: Portal) -> None:
    tubas = BandFactory(name="Tubas")
    PostFactory(title="About them", bands=[tubas])
    PostFactory(title="About all")
    PostFactory(title="Over", expires_at=timezone.now())

    home, band, other = (
        page(in_alice_portal, path) for path in ("/", tubas.get_absolute_url(), BandFactory().get_absolute_url())
    )

    assert ("About them" in home, "About all" in home, "Over" in home) == (True, True, False)
    assert ("About them" in band, "About all" in band, f"/news/?band={tubas.slug}" in band) == (True, False, True)
    assert 'id="news"' not in other


def test_pictures_of_a_post_are_sent_at_their_own_address(in_alice_portal: Portal) -> None:
    path = f"{in_alice_portal.organization.schema_name}/pictures/a/1280.jpeg"
    other, inside = ReadyPictureFactory(), ReadyPictureFactory(variants={"jpeg": {"1280": path}})
    default_storage.save(path, ContentFile(b"jpeg"))
    post = PostFactory(text=f"![](picture:{inside.uid})", picture=ReadyPictureFactory())
    client = in_alice_portal.client()

    def status(uid: object) -> int:
        return client.get(f"/news/pictures/{post.uid}/{uid}.jpg").status_code

    assert status(other.uid) == 404
    found = client.get(f"/news/pictures/{post.uid}/{inside.uid}.jpg")
    assert b"".join(found) == b"jpeg"
    assert found["Cross-Origin-Resource-Policy"] == "cross-origin"
    Post.objects.update(is_published=False)
    assert status(inside.uid) == 404


@pytest.mark.parametrize("number", [1, 12])
def test_pages_ask_as_often_for_many_posts_as_for_one(
    in_alice_portal: Portal, number: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    inside = ReadyPictureFactory()
    for _index in range(number):
        last = PostFactory(
            bands=[BandFactory(), BandFactory()],
            gigs=[GigFactory(bands=[BandFactory()])],
            picture=ReadyPictureFactory(),
            text=f"![](picture:{inside.uid})",
            tags=["tour"],
        )
    client = in_alice_portal.client()
    client.get("/gigs/")

    with django_assert_num_queries(3):  # posts, bands, tags
        client.get("/news/")
    with django_assert_num_queries(6 if number > 1 else 5):  # post, bands, gigs, pictures, others, theirs
        client.get(last.get_absolute_url())
