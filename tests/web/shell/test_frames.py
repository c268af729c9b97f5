"""Pages that stand on the base templates: entrance pages, errors, and pages that nothing but a template makes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.template.loader import get_template
from django.test import Client

import bandstand_web
from tests.conftest import Portal

WEB = Path(bandstand_web.__file__).parent
ALONE = ["400.html", "403.html", "404.html", "500.html", "errors/429.html", "errors/503.html"]


@pytest.mark.parametrize("path", ["login/", "password/reset/", "password/reset/done/"])
def test_it_puts_entrance_pages_on_our_frame(alice_portal: Portal, path: str) -> None:
    text = alice_portal.client().get(f"/accounts/{path}", follow=True).content.decode()

    assert "css/bandstand" in text
    assert 'href="#content"' in text
    assert "Alice&#x27;s Agency" in text


def test_a_portal_leads_on_from_an_address_where_nothing_is(alice_portal: Portal, platform_client: Client) -> None:
    answer = alice_portal.client().get("/bands/nobody/")
    text = answer.content.decode()

    assert answer.status_code == 404
    assert 'action="/search/"' in text
    assert '<a href="/gigs/">' in text
    assert 'role="search"' not in platform_client.get("/nobody/").content.decode()


def test_it_joins_a_label_a_help_and_an_error_to_their_field(alice_portal: Portal) -> None:
    text = alice_portal.client().post("/accounts/login/", {"login": "", "password": "x"}).content.decode()

    assert '<label for="id_login">' in text
    assert 'aria-invalid="true"' in text
    assert 'id="id_login_error"' in text


@pytest.mark.parametrize("template", ALONE)
def test_it_shows_errors_without_any_context(template: str) -> None:
    text = get_template(template).render()

    assert "<h1>" in text
    assert "css/bandstand" in text


def test_it_has_no_inline_script_or_style() -> None:
    offending = re.compile(
        r"<style|<script(?![^>]*\bsrc=)(?![^>]*application/ld\+json)|\sstyle=|\son[a-z]+=|hx-on|hx-vals=.js:"
    )
    pages = [path for path in WEB.glob("*/templates/**/*.html") if "admin" not in path.parts]

    assert len(pages) > 150
    assert [path.name for path in pages if offending.search(path.read_text())] == []
