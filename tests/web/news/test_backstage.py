"""News in the backstage."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from openpyxl import load_workbook

from bandstand.accounts import roles
from bandstand.content.changes import Change
from bandstand.media.models import Picture
from bandstand.media.uses import uses_of
from bandstand.news.models import Post
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory, PastGigFactory
from tests.factories.media import ReadyPictureFactory
from tests.factories.news import PostFactory
from tests.isolation.visiting import leader_browser
from tests.web.shell.test_content import PIXEL


def pixel() -> SimpleUploadedFile:
    return SimpleUploadedFile("stage.png", PIXEL, "image/png")


def test_a_post_is_written_with_all_that_belongs_to_it_and_published(in_alice_portal: Portal) -> None:
    band, gig = BandFactory(), GigFactory()
    data = {
        "title": "Album out",
        "summary": "At last.",
        "text": "Listen.",
        "text_pictures": [pixel(), pixel()],
        "new_picture": pixel(),
        "picture_alt": "The cover",
        "tags": "New Album, tour",
        "bands": [band.pk],
        "gigs": [gig.pk],
        "author": "Ann",
        "language": "de",
        "is_pinned": "on",
        "publish": "1",
    }

    answer = in_alice_portal.client_of(roles.EDITOR).post("/backstage/news/add/", data)

    post = Post.objects.get()
    assert answer["Location"] == "/backstage/news/"
    assert (post.slug, post.is_published, post.tags) == ("album-out", True, ["new album", "tour"])
    assert ([*post.bands.all()], [*post.gigs.all()]) == ([band], [gig])
    assert post.picture is not None
    inside = Picture.objects.exclude(pk=post.picture.pk).order_by("pk")
    assert post.text == "Listen.\n\n" + "\n\n".join(f"![](picture:{each.uid})" for each in inside)
    assert {str(use.row) for use in uses_of([inside[0].pk])[inside[0].pk]} == {"Album out"}


def test_a_file_that_is_no_picture_is_refused_and_nothing_stored(in_alice_portal: Portal) -> None:
    data = {"title": "x", "text_pictures": [SimpleUploadedFile("x.png", b"no picture", "image/png")]}

    answer = in_alice_portal.client_of(roles.EDITOR).post("/backstage/news/add/", data)

    assert answer.status_code == 422
    assert not Post.objects.exists()
    assert not Picture.objects.exists()


def test_pictures_that_leave_the_text_are_deleted_unless_they_are_used_elsewhere(in_alice_portal: Portal) -> None:
    alone, shared, logo = (ReadyPictureFactory() for _picture in range(3))
    BandFactory(logo=logo)
    text = "".join(f"![](picture:{each.uid})" for each in (alone, shared, logo))
    post, other = PostFactory(text=text), PostFactory(text=f"![](picture:{shared.uid})")

    in_alice_portal.client_of(roles.EDITOR).post(f"/backstage/news/{post.pk}/", {"title": "x", "text": "None."})

    assert [*Picture.objects.order_by("pk")] == [shared, logo]
    other.delete()
    assert [*Picture.objects.all()] == [logo]


def test_a_post_in_the_trash_keeps_its_pictures_until_it_goes_for_good(in_alice_portal: Portal) -> None:
    inside, above = ReadyPictureFactory(), ReadyPictureFactory()
    post = PostFactory(text=f"![](picture:{inside.uid})", picture=above)

    post.move_to_trash()
    assert Picture.objects.count() == 2
    post.delete()
    assert not Picture.objects.exists()


def test_the_form_offers_recent_gigs_and_those_that_were_chosen(in_alice_portal: Portal) -> None:
    long_ago = PastGigFactory(title="Long ago", starts_at=timezone.now() - timedelta(days=900))
    PastGigFactory(title="Forgotten", starts_at=timezone.now() - timedelta(days=900))
    tubas = BandFactory(name="Tubas")
    GigFactory(title="Ahead")
    GigFactory(title="Theirs", bands=[tubas])
    post, theirs = PostFactory(gigs=[long_ago]), PostFactory(bands=[tubas])
    browser = in_alice_portal.client_of(roles.EDITOR)

    text, of_band = (browser.get(f"/backstage/news/{each.pk}/").content.decode() for each in (post, theirs))

    assert ("Ahead" in text, "Long ago" in text, "Forgotten" in text) == (True, True, False)
    assert ("Theirs" in of_band, "Ahead" in of_band, "Long ago" in of_band) == (True, False, False)


def test_a_band_writes_about_itself_alone(in_alice_portal: Portal) -> None:
    own, other = BandFactory(), BandFactory()
    theirs = PostFactory(bands=[own])
    foreign = PostFactory(bands=[own, other])
    browser = leader_browser(in_alice_portal, own.pk)

    def write(**data: Any) -> int:
        return int(browser.post("/backstage/news/add/", {"title": "x", **data}).status_code)

    assert browser.get(f"/backstage/news/{theirs.pk}/").status_code == 200
    assert browser.get(f"/backstage/news/{foreign.pk}/").status_code == 404
    assert (write(), write(bands=[other.pk]), write(bands=[own.pk])) == (422, 422, 302)


def test_the_list_tells_published_expired_and_pinned_apart(in_alice_portal: Portal) -> None:
    PostFactory(title="Over", expires_at=timezone.now() - timedelta(hours=1))
    PostFactory(title="Up", is_pinned=True)
    browser = in_alice_portal.client_of(roles.MEMBER)

    everything, expired = (browser.get(f"/backstage/news/{query}").content.decode() for query in ("", "?show=expired"))

    assert (">expired<" in everything, ">pinned<" in everything) == (True, True)
    assert ("Over" in expired, "Up</bdi>" in expired) == (True, False)


def test_what_was_changed_of_tags_and_bands_is_told_and_put_back(in_alice_portal: Portal) -> None:
    tubas = BandFactory(name="Tubas")
    post = PostFactory(tags=["old tag", "tour"])
    browser = in_alice_portal.client_of(roles.EDITOR)
    browser.post(f"/backstage/news/{post.pk}/", {"title": post.title, "tags": "new tag", "bands": [tubas.pk]})

    text = browser.get(f"/backstage/news/{post.pk}/history/").content.decode()
    act = Change.objects.of(post).latest("pk").act
    browser.post(f"/backstage/news/{post.pk}/put-back/", {"act": act})

    assert all(said in text for said in ("old tag, tour", "new tag", "Tubas"))
    post.refresh_from_db()
    assert (post.tags, [*post.bands.all()]) == (["old tag", "tour"], [])


def test_its_spreadsheet_has_all_of_it(in_alice_portal: Portal) -> None:
    post = PostFactory(
        title="Album", tags=["a", "b"], bands=[BandFactory(name="Tubas")], gigs=[GigFactory(slug="party")]
    )
    data = {"do": "export", "rows": [post.pk]}

    answer = in_alice_portal.client_of(roles.OWNER).post("/backstage/news/", data)

    heading, row = load_workbook(BytesIO(answer.content)).active.values
    told = dict(zip(heading, row, strict=True))
    assert (told["title"], told["tags"], told["bands"], told["gigs"]) == ("Album", "a, b", "Tubas", "party")


def test_the_form_of_an_expired_post_calls_it_no_draft(in_alice_portal: Portal) -> None:
    """Its date alone decides whether visitors see it, so no button that says “draft” may bring it back."""
    post = PostFactory(expires_at=timezone.now() - timedelta(hours=1))
    browser = in_alice_portal.client_of(roles.EDITOR)
    path, data = f"/backstage/news/{post.pk}/", {"title": "x", "expires_at": "2020-01-01 10:00"}

    first = browser.get(path).content.decode().split('<button class="button" type="submit">')[1]
    said = browser.post(path, data, follow=True).content.decode()
    browser.post(path, {**data, "draft": "1", "expires_at": ""})

    assert first.startswith("Save post</button>")
    assert ("x has been saved.<" in said.replace("\n", ""), "as a draft" in said) == (True, False)
    post.refresh_from_db()
    assert (post.is_visible, post.expires_at) == (False, None)
