"""Pages to begin with."""

from __future__ import annotations

import re

import pytest

from bandstand.accounts import roles
from bandstand.pages.models import Page
from bandstand.pages.passwords import KEPT
from bandstand.pages.starting import STARTING_PAGES, page_start
from bandstand.pages.starting_texts import STARTING_TEXTS
from bandstand.portals.models import PortalSettings
from bandstand.tenancy.resolution import resolver
from tests.conftest import Portal


@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_each_is_a_draft_with_gaps_in_a_language_that_was_written_for_it(
    language: str, in_alice_portal: Portal
) -> None:
    for kind in STARTING_PAGES:
        page = page_start(kind=kind, language=language)
        assert (page.is_visible, page.language) == (False, "de" if language == "de" else "")
        assert "{" not in page.block_list[0].values["text"]
        assert re.search(r"\[[^]]+\](?!\()", page.block_list[0].values["text"])
    said = page_start(kind="privacy", language=language).block_list[0].values["text"]
    assert in_alice_portal.organization.name in said
    assert str(KEPT.days) in said


def test_both_languages_have_the_same_pages() -> None:
    assert [(language, set(texts)) for language, texts in STARTING_TEXTS.items()] == [
        ("en", set(STARTING_PAGES)),
        ("de", set(STARTING_PAGES)),
    ]


def test_a_button_makes_one_and_leads_to_it(in_alice_portal: Portal) -> None:
    editor = in_alice_portal.client_of(roles.EDITOR)
    assert 'name="kind" value="legal"' in editor.get("/backstage/pages/").content.decode()

    answer = editor.post("/backstage/pages/start/", {"kind": "legal"})

    page = Page.objects.get()
    text = page.block_list[0].id
    assert (answer["Location"], page.slug) == (f"/backstage/pages/{page.pk}/content/{text}/", "legal-notice")
    assert in_alice_portal.client().get("/legal-notice/").status_code == 404
    editor.post("/backstage/pages/start/", {"kind": "../legal"})
    assert Page.objects.count() == 1


def test_legal_texts_are_linked_below_every_page_once_they_are_published(in_alice_portal: Portal) -> None:
    manager, visitor = in_alice_portal.client_of(roles.MANAGER), in_alice_portal.client()
    for kind in STARTING_PAGES:
        manager.post("/backstage/pages/start/", {"kind": kind})
    assert "/legal-notice/" not in visitor.get("/polls/").content.decode()
    for page in Page.objects.all():
        manager.post(f"/backstage/pages/{page.pk}/publish/", {"published": "1"})
    resolver.forget()

    footer = visitor.get("/").content.decode().partition("<footer")[2]

    assert re.findall(r'href="(/[a-z-]+/)">(?:<bdi>)?(Legal notice|Privacy|About us|Contact)', footer) == [
        ("/legal-notice/", "Legal notice"),
        ("/privacy/", "Privacy"),
    ]


def test_an_editors_legal_notice_leaves_the_footer_to_managers(in_alice_portal: Portal) -> None:
    in_alice_portal.client_of(roles.EDITOR).post("/backstage/pages/start/", {"kind": "legal"})

    assert PortalSettings.objects.current().footer == {}
