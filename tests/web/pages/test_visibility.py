"""Pages with a password, and the one that is the home page."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from bandstand.accounts import roles
from bandstand.content.changes import Change
from bandstand.pages import passwords
from bandstand.pages.models import Page
from bandstand.pages.passwords import is_unlocked_by, password_set, unlocking
from tests.conftest import Portal
from tests.factories.pages import PageFactory, block
from tests.web.forms.test_meanwhile import opened


@pytest.fixture
def locked(in_alice_portal: Portal) -> Page:
    page = PageFactory(title="CANARY", slug="rehearsals", visibility="password", blocks=[block("text", text="CANARY")])
    password_set(page, "open sesame")
    page.save()
    return page


def unlock(client: Client, password: str) -> Any:
    return client.post("/unlock/rehearsals/", {"password": password})


def test_a_page_with_a_password_says_nothing_before_it_is_given(in_alice_portal: Portal, locked: Page) -> None:
    client = in_alice_portal.client()

    first = client.get("/rehearsals/")
    asked = client.get("/unlock/rehearsals/")
    wrong = unlock(client, "close sesame")

    assert (first.status_code, first["Location"]) == (302, "/unlock/rehearsals/")
    assert "no-store" in first["Cache-Control"]
    assert (asked.status_code, asked["X-Robots-Tag"]) == (200, "noindex")
    assert wrong.status_code == 422
    for answer in (first, asked, wrong, client.get("/sitemap-page.xml"), client.get("/")):
        assert "CANARY" not in answer.content.decode()


def test_the_password_opens_this_page_without_a_session_until_it_is_another_one(
    in_alice_portal: Portal, locked: Page
) -> None:
    client = in_alice_portal.client()
    answer = unlock(client, "open sesame")
    cookie = answer.cookies["unlocked"]

    shown = client.get("/rehearsals/")

    assert (answer["Location"], cookie["path"], cookie["httponly"], cookie["samesite"]) == (
        *("/rehearsals/", "/rehearsals/", True),
        "Lax",
    )
    assert set(answer.cookies) <= {"unlocked", "csrftoken"}
    assert "CANARY" in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    assert not shown.has_header("ETag")
    assert in_alice_portal.client().get("/rehearsals/").status_code == 302  # nothing was kept for others
    password_set(locked, "another one")
    locked.save()
    assert client.get("/rehearsals/").status_code == 302


@pytest.mark.usefixtures("in_alice_portal")
def test_what_a_browser_keeps_opens_no_other_page_and_not_for_ever(
    locked: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = PageFactory(visibility="password")
    password_set(other, "open sesame")
    kept = unlocking(locked)

    assert is_unlocked_by(locked, kept)
    assert not is_unlocked_by(other, kept)
    for forged in ("", "x", kept[:-1], f"{kept}x", "true"):
        assert not is_unlocked_by(locked, forged)
    assert not is_unlocked_by(PageFactory(visibility="password"), kept)
    monkeypatch.setattr(passwords, "KEPT", -passwords.KEPT)
    assert not is_unlocked_by(locked, kept)


def test_a_portals_cookie_opens_no_page_of_another_one(
    in_alice_portal: Portal, charlie_portal: Portal, locked: Page
) -> None:
    from django_tenants.utils import tenant_context  # noqa: PLC0415

    with tenant_context(charlie_portal.organization):
        twin = PageFactory(slug="rehearsals", visibility="password", password=locked.password)
        Page.objects.filter(pk=twin.pk).update(password=locked.password)
        assert not is_unlocked_by(twin, unlocking(locked)) or twin.uid != locked.uid
        kept_there = unlocking(twin)
    assert not is_unlocked_by(locked, kept_there)


def test_attempts_are_limited(in_alice_portal: Portal, locked: Page) -> None:
    client = in_alice_portal.client()

    answers = [unlock(client, f"guess {number}").status_code for number in range(11)]

    assert answers == [422] * 10 + [429]
    assert unlock(client, "open sesame").status_code == 429


def test_the_team_needs_no_password(in_alice_portal: Portal, locked: Page) -> None:
    answer = in_alice_portal.client_of(roles.MEMBER).get("/rehearsals/")

    assert "CANARY" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]


def test_passwords_are_stored_hashed_and_told_nowhere(in_alice_portal: Portal) -> None:
    editor = in_alice_portal.client_of(roles.EDITOR)
    data = {"title": "Rehearsals", "visibility": "password"}
    assert editor.post("/backstage/pages/add/", data).status_code == 422
    assert editor.post("/backstage/pages/add/", {**data, "new_password": "short"}).status_code == 422

    editor.post("/backstage/pages/add/", {**data, "new_password": " open sesame ", "publish": "1"})

    page = Page.objects.get()
    assert "sesame" not in page.password
    assert passwords.is_password(page, " open sesame ")
    assert not passwords.is_password(page, "open sesame")
    form = opened(editor, f"/backstage/pages/{page.pk}/")
    editor.post(f"/backstage/pages/{page.pk}/", {**form, "new_password": "another one"})
    page.refresh_from_db()
    assert passwords.is_password(page, "another one")
    assert not any("password" in change.fields for change in Change.objects.of(page))


def test_a_page_becomes_the_home_page_and_the_former_one_isnt_any_more(in_alice_portal: Portal) -> None:
    former, page = PageFactory(title="Former", is_home=True), PageFactory(title="Welcome", slug="welcome")
    visitor, editor = in_alice_portal.client(), in_alice_portal.client_of(roles.EDITOR)
    assert '<h1 dir="auto">Former</h1>' in visitor.get("/").content.decode()

    form = opened(editor, f"/backstage/pages/{page.pk}/")
    assert editor.post(f"/backstage/pages/{page.pk}/", {**form, "is_home": "on"}).status_code == 302

    former.refresh_from_db()
    assert not former.is_home
    assert '<h1 dir="auto">Welcome</h1>' in visitor.get("/").content.decode()
    assert visitor.get("/welcome/")["Location"] == "/"
    assert visitor.get("/").has_header("ETag")
    refused = editor.post(f"/backstage/pages/{page.pk}/", {**form, "is_home": "on", "visibility": "unlisted"})
    assert refused.status_code == 422
    form = opened(editor, f"/backstage/pages/{page.pk}/")
    editor.post(f"/backstage/pages/{page.pk}/", {name: each for name, each in form.items() if name != "is_home"})
    assert "Welcome" not in visitor.get("/").content.decode()
    assert visitor.get("/welcome/").status_code == 200


def test_a_home_page_that_is_a_draft_or_in_the_trash_leaves_the_portals_own(in_alice_portal: Portal) -> None:
    page = PageFactory(title="CANARY", is_home=True, is_published=False)
    visitor = in_alice_portal.client()
    assert "CANARY" not in visitor.get("/").content.decode()

    page.publish()
    page.save()
    page.move_to_trash()

    assert "CANARY" not in visitor.get("/").content.decode()
