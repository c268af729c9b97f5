"""Blocks of pages in a portal's further languages."""

from __future__ import annotations

import html
from typing import Any

import pytest
from django.test import Client
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.content.searching import having_words
from bandstand.pages.blocks import read_blocks
from bandstand.pages.models import Page
from tests.conftest import Portal
from tests.factories.pages import PageFactory, block
from tests.web.forms.test_meanwhile import fields
from tests.web.test_page_languages import page, speak


@pytest.fixture(autouse=True)
def _portal(alice_portal: Portal) -> Any:
    with tenant_context(alice_portal.organization):
        speak("de")
        yield


@pytest.fixture
def editor(alice_portal: Portal) -> Client:
    return alice_portal.client_of(roles.EDITOR)


def edit(client: Client, row: Page, number: str, **texts: str) -> None:
    path = f"/backstage/pages/{row.pk}/content/{number}/"
    form = fields(client.get(path).content.decode())
    versions = {name.replace("_", ":"): text for name, text in texts.items()}
    assert versions.keys() <= form.keys()
    assert client.post(path, {**form, **versions}).status_code == 302
    row.refresh_from_db()


def test_a_block_is_written_in_both_languages_and_shown_in_that_of_the_address(
    alice_portal: Portal, editor: Client
) -> None:
    blocks = [block("text", id="text", text='We "play".'), block("quote", id="quote", quote="Loud!", source="Press")]
    row = PageFactory(title="About", slug="about", blocks=blocks)

    edit(editor, row, "text", text_de='Wir "spielen".')
    edit(editor, row, "quote", quote_de="Laut!")

    english, german = page(alice_portal, "/about/"), page(alice_portal, "/de/about/")
    assert ("We \u201cplay\u201d." in english, "spielen" in english) == (True, False)
    assert ("Wir \u201espielen\u201c." in german, "We " in german, "Laut!" in german, "Press" in german) == (
        *(True, False, True, True),
    )
    assert list(having_words(Page.objects.all(), "spielen")) == [row]
    history = html.unescape(editor.get(f"/backstage/pages/{row.pk}/history/").content.decode())
    assert "Laut!" in history

    edit(editor, row, "text", text_de="")
    assert 'id="block-text" lang="en"' in page(alice_portal, "/de/about/")
    assert list(having_words(Page.objects.all(), "spielen")) == []


def test_a_copy_of_a_block_has_its_versions_and_other_languages_stay(editor: Client) -> None:
    row = PageFactory(blocks=[{**block("text", id="text", text="One"), "translations": {"fr": {"text": "Un"}}}])

    edit(editor, row, "text", text_de="Eins")
    editor.post(f"/backstage/pages/{row.pk}/content/do/", {"do": "duplicate:text"})

    row.refresh_from_db()
    assert [each.translations for each in row.block_list] == [{"fr": {"text": "Un"}, "de": {"text": "Eins"}}] * 2


@pytest.mark.parametrize(
    "translations",
    [
        [],
        "de",
        {"de": []},
        {"de": {"text": 1}},
        {"de": {"text": ""}},
        {"de": {"width": "x"}},
        {"de": {"text": "a\x00"}},
    ],
)
def test_versions_that_do_not_fit_are_kept_and_shown_to_nobody(translations: Any) -> None:
    stored = {**block("text", id="text", text="One"), "translations": translations}

    [read] = read_blocks([stored])

    assert (read.kind, read.stored()) == (None, stored)
