"""What a post is: since when and until when visitors see it, its tags, and what is found."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from bandstand.content.appearing import next_turn
from bandstand.content.one_moment import at_one_moment
from bandstand.content.searching import having_words
from bandstand.news.models import Post
from bandstand.news.tags import read_tags
from bandstand.publishing.scheduling import due_publish
from tests.factories.bands import BandFactory
from tests.factories.news import PostFactory

pytestmark = pytest.mark.usefixtures("in_alice_portal")
HOUR = timedelta(hours=1)


def titles(posts: object) -> list[str]:
    return [post.title for post in posts]  # type: ignore[attr-defined]


def test_visitors_see_a_post_from_its_moment_until_it_expires() -> None:
    now = timezone.now()
    post = PostFactory(is_published=False, publish_at=now + HOUR, expires_at=now + 3 * HOUR)

    seen = [bool(Post.objects.published(now + hours * HOUR)) for hours in (0, 1, 2, 3, 4)]

    assert seen == [False, True, True, False, False]
    assert next_turn(now) == post.publish_at
    assert next_turn(now + 2 * HOUR) == post.expires_at


def test_an_expired_post_is_neither_visible_nor_a_draft_and_needs_another_date_to_be_published() -> None:
    post = PostFactory(title="Over", expires_at=timezone.now() - HOUR)

    assert (post.is_visible, post.is_expired) == (False, True)
    assert titles(Post.objects.expired()) == ["Over"]
    assert not Post.objects.drafts().exists()
    with pytest.raises(ValidationError, match="expire after"):
        post.publish()


def test_it_has_to_expire_after_it_appears() -> None:
    now = timezone.now()

    for move in (Post.publish, lambda post: post.schedule(now + 2 * HOUR)):
        with pytest.raises(ValidationError, match="expire after"):
            move(PostFactory(is_published=False, expires_at=now - HOUR if move is Post.publish else now + HOUR))
    with pytest.raises(IntegrityError, match="post_expires_after_publication"), transaction.atomic():
        PostFactory(is_published=False, publish_at=now + 2 * HOUR, expires_at=now + HOUR)


def test_its_date_is_when_it_appeared() -> None:
    with at_one_moment() as now:
        post = PostFactory(is_published=False)
        assert post.published_at is None
        post.publish()
        post.save_publication()
    assert post.published_at == now
    post.title = "Changed"
    post.save()
    assert post.published_at == now
    post.unpublish()
    post.save_publication()
    post.refresh_from_db()
    assert post.published_at is None


def test_a_scheduled_post_keeps_its_moment_when_it_is_published_by_the_job() -> None:
    moment = timezone.now() - HOUR
    post = PostFactory(is_published=False, publish_at=moment)

    due_publish()

    post.refresh_from_db()
    assert (post.is_published, post.publish_at, post.published_at) == (True, None, moment)


def test_pinned_posts_come_first_and_then_the_latest() -> None:
    now = timezone.now()
    for title, days, pinned in (("old", 3, False), ("pinned", 9, True), ("new", 1, False)):
        PostFactory(title=title, published_at=now - timedelta(days=days), is_pinned=pinned)

    assert titles(Post.objects.pinned_first()) == ["pinned", "new", "old"]
    assert titles(Post.objects.latest_first()) == ["new", "old", "pinned"]


def test_tags_are_words_between_commas_without_case() -> None:
    assert read_tags(" New album,tour; TOUR,\n„x“ ") == ["new album", "tour", "„x“"]
    for text in (",".join(f"tag {number}" for number in range(11)), "x" * 41):
        with pytest.raises(ValidationError):
            read_tags(text)

    PostFactory(title="one", tags=["tour", "new album"])
    PostFactory(title="two", tags=["tour"])
    assert titles(Post.objects.tagged("New Album")) == ["one"]
    assert Post.objects.all().tags() == ["tour", "new album"]


def test_it_is_found_by_title_summary_bands_and_text() -> None:
    PostFactory(title="Headline", summary="standfirst", text="body " + "x " * 3000, bands=[BandFactory(name="Tubas")])

    found = {word: having_words(Post.objects.all(), word).count() for word in ("headl", "standf", "tuba", "body")}

    assert found == {"headl": 1, "standf": 1, "tuba": 1, "body": 1}
