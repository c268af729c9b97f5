"""Pages: where they are, who sees them, and what is done to their blocks."""

from __future__ import annotations

import pytest
from django.core import checks
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import override_settings
from django.urls import get_resolver

from bandstand.content import reserved_words
from bandstand.content.changing import Changer, changing_as
from bandstand.content.former_addresses import FormerAddress
from bandstand.content.reserved_words import is_reserved, page_addresses_free
from bandstand.content.searching import best_matches
from bandstand.media.models import Picture
from bandstand.media.uses import uses_of
from bandstand.pages import editing
from bandstand.pages.models import Page
from tests.conftest import Portal
from tests.factories.media import ReadyPictureFactory
from tests.factories.pages import PageFactory, block
from tests.servers import ROOT


def test_a_page_never_takes_an_address_of_the_portal(in_alice_portal: Portal) -> None:
    assert PageFactory(title="News").slug == "news-page"
    assert PageFactory(title="De").slug == "de-page"
    assert PageFactory(title="About us").slug == "about-us"
    for word in ("backstage", "de", "pt-br", "Gigs"):
        with pytest.raises(ValidationError) as problem:
            Page(title="x", slug=word).full_clean()
        assert problem.value.message_dict.keys() == {"slug"}


def test_each_url_of_the_portal_is_reserved() -> None:
    assert reserved_words.check_reserved_words() == []
    with override_settings(ROOT_URLCONF="tests.shared.pages.later_urls"):
        assert [each.id for each in reserved_words.check_reserved_words()] == ["pages.E001", "pages.E001"]
    assert checks.run_checks(tags=["urls"]) == []
    assert not is_reserved("team")


def test_a_release_that_takes_a_word_moves_the_pages_that_had_it() -> None:
    migrations = [path.read_text() for path in (ROOT / "shared" / "bandstand").glob("*/migrations/*.py")]
    moving = " ".join(text for text in migrations if "page_addresses_free" in text)
    urls = get_resolver("bandstand_web.urls.portal").url_patterns
    words = {word for word in reserved_words.words_of_urls(urls) if word.replace("-", "").isalnum()}

    assert len(words) > 15
    assert [word for word in words - reserved_words.FIRST if f'"{word}"' not in moving] == []
    assert (is_reserved("polls"), is_reserved("people")) == (True, False)


def test_a_word_that_a_later_release_needs_moves_the_page(in_alice_portal: Portal) -> None:
    other = PageFactory(slug="shop-page")
    page, stays = PageFactory(slug="shop"), PageFactory(slug="contact")

    with connection.schema_editor() as editor:
        page_addresses_free(["shop"]).database_forwards("pages", editor, None, None)

    page.refresh_from_db()
    stays.refresh_from_db()
    assert (page.slug, stays.slug, other.slug) == (f"shop-page-{page.pk}", "contact", "shop-page")
    assert [each.slug for each in FormerAddress.objects.of(page)] == ["shop"]


def test_pages_are_three_deep_and_never_below_themselves(in_alice_portal: Portal) -> None:
    first = PageFactory()
    second = PageFactory(parent=first)
    third = PageFactory(parent=second)

    assert [*third.pages_above()] == [second, first]
    for page, parent in ((PageFactory(), third), (first, third), (first, second), (first, PageFactory())):
        page.parent = parent
        with pytest.raises(ValidationError) as problem:
            page.full_clean()
        assert "parent" in problem.value.message_dict or "__all__" in problem.value.message_dict


def test_only_public_ones_are_found_and_the_teams_are_opened_by_nobody_else(in_alice_portal: Portal) -> None:
    pages = {visibility: PageFactory(visibility=visibility) for visibility in Page.Visibility.values}
    PageFactory(is_published=False)

    assert [*Page.objects.published()] == [*Page.objects.published().public()] == [pages["public"]]
    assert {page.visibility for page in Page.objects.reachable()} == {"public", "unlisted", "password"}


def test_a_page_is_found_by_what_visitors_read_on_it(in_alice_portal: Portal) -> None:
    shown = PageFactory(blocks=[block("text", text="The **Alphorn** trio"), block("quote", quote="Marvellous!")])
    PageFactory(blocks=[block("text", text="Alphorn", is_hidden=True)])

    assert [*best_matches(Page.objects.all(), "alphorn")] == [shown]
    assert [*best_matches(Page.objects.all(), "marvellous")] == [shown]
    assert shown.description == "The Alphorn trio Marvellous!"


def test_long_and_strange_words_can_be_searched_or_are_left_out(in_alice_portal: Portal) -> None:
    for text in ("x" * 30_000, "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 9_000, "\N{PILE OF POO}" * 30_000):
        assert PageFactory(blocks=[block("text", text=text)]).words


def test_blocks_are_moved_copied_hidden_and_deleted(in_alice_portal: Portal) -> None:
    page = PageFactory(blocks=[block("text", id=number, text=number) for number in ("aaaa", "bbbb", "cccc")])

    def order() -> str:
        page.refresh_from_db()
        return " ".join(each.values["text"] + "-" * each.is_hidden for each in page.block_list)

    editing.block_move(page=page, number="cccc", step=-1)
    assert order() == "aaaa cccc bbbb"
    editing.block_move(page=page, number="aaaa", step=-1)
    editing.block_move_after(page=page, number="aaaa", after="bbbb")
    assert order() == "cccc bbbb aaaa"
    editing.block_duplicate(page=page, number="bbbb")
    editing.block_hide(page=page, number="bbbb", is_hidden=True)
    assert order() == "cccc bbbb- bbbb aaaa"
    assert page.words == "cccc bbbb aaaa"
    with pytest.raises(LookupError):
        editing.block_delete(page=page, number="gone")


def test_a_picture_stays_as_long_as_its_page_so_that_its_block_can_come_back(in_alice_portal: Portal) -> None:
    inside, drawn, logo = (ReadyPictureFactory() for _each in range(3))
    page = PageFactory(
        blocks=[
            block("picture", id="pict", picture=f"picture:{inside.uid}"),
            block("text", text=f"![x](picture:{drawn.uid})"),
        ]
    )

    assert {str(use.row) for use in uses_of([inside.pk])[inside.pk]} == {page.title}
    with changing_as(lambda: Changer(by="person", act=1)):  # another act than the one that made the page
        editing.block_delete(page=page, number="pict")
    page.move_to_trash()
    assert Picture.objects.count() == 3
    page.delete()
    assert [*Picture.objects.all()] == [logo]
