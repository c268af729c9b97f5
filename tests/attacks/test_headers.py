"""Each kind of answer carries the headers that protect it: pages, redirects, errors, files, and "not modified"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client, override_settings

from bandstand.organizations.models import Organization
from tests.isolation.test_matrix import PLATFORM, PORTAL, VISITORS
from tests.isolation.twins import SLUG, Twin
from tests.isolation.visiting import addresses, path_to, visit

pytestmark = pytest.mark.filterwarnings("ignore")

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": None,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": None,
    "Permissions-Policy": None,
    "Content-Security-Policy": None,
    "Strict-Transport-Security": None,
}
METHODS = ("post", "put", "options", "head")
HSTS = 365 * 24 * 3600


def missing(answer: Any) -> list[str]:
    """Return the names of headers that aren't as they should be."""
    wrong = [
        name for name, value in EVERYWHERE.items() if (value or answer.headers.get(name)) != answer.headers.get(name)
    ]
    wrong += [name for name, value in EVERYWHERE.items() if value is None and not answer.headers.get(name)]
    if f"max-age={HSTS}" not in answer.headers.get("Strict-Transport-Security", ""):
        wrong.append("Strict-Transport-Security")
    if "unsafe" in answer.headers.get("Content-Security-Policy", ""):
        wrong.append("Content-Security-Policy")
    if {"Server", "X-Powered-By"} & set(answer.headers):
        wrong.append("Server")
    return wrong


@pytest.fixture(autouse=True)
def _production() -> Any:
    with override_settings(
        SECURE_HSTS_SECONDS=HSTS,
        SECURE_HSTS_INCLUDE_SUBDOMAINS=True,
        SECURE_HSTS_PRELOAD=True,
        SECURE_SSL_REDIRECT=True,
        STATIC_ROOT=settings.STATICFILES_DIRS[0],  # nothing is collected for tests
    ):
        yield


@pytest.mark.parametrize("urlconf", [PLATFORM, PORTAL])
@pytest.mark.parametrize("method", ["get", *(pytest.param(name, marks=pytest.mark.security) for name in METHODS)])
def test_every_address_answers_with_them(urlconf: str, method: str, twins: tuple[Twin, Twin]) -> None:
    alice, charlie = twins
    browser = VISITORS[urlconf](alice.portal, charlie.portal)["owner"]

    bare = {
        name: absent
        for name, address in addresses(urlconf).items()
        if (absent := missing(visit(browser, method, path_to(address, alice), secure=True)))
    }

    assert bare == {}


def page(host: str, path: str, **more: Any) -> Callable[[], Any]:
    return lambda: Client(HTTP_HOST=host, raise_request_exception=False).get(path, **{"secure": True, **more})


ALICE = "alice.bandstand.localhost"
KINDS: dict[str, Callable[[], Any]] = {
    "page": page(ALICE, "/"),
    "redirect to the slash": page(ALICE, "/bands"),
    "redirect to TLS": page(ALICE, "/", secure=False),
    "not found": page(ALICE, "/nowhere/"),
    "bad request": page(ALICE, "/bands/?q=%00"),
    "too large": lambda: Client(HTTP_HOST=ALICE).generic("POST", "/", b"x", CONTENT_LENGTH="9999999999", secure=True),
    "no such host": page("evil.example", "/"),
    "broken host": page("evil example", "/"),
    "health": page("10.0.0.1", "/healthz"),
    "style sheet": page(ALICE, "/theme.css"),
    "static file": page(ALICE, "/static/css/bandstand.css"),
    "robots": page(ALICE, "/robots.txt"),
    "calendar": page(ALICE, f"/gigs/{SLUG}.ics"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_answer_has_them(kind: str, twins: tuple[Twin, Twin]) -> None:
    answer = KINDS[kind]()

    absent = missing(answer)
    if kind == "redirect to TLS":
        absent = [name for name in absent if name != "Strict-Transport-Security"]  # RFC 6797, 7.2: not over plain HTTP
    assert absent == []


def test_a_picture_and_not_modified_have_them(twins: tuple[Twin, Twin]) -> None:
    picture = page(ALICE, f"/media/{twins[0].picture}")()
    static = page(ALICE, "/static/css/bandstand.css")()
    unchanged = page(ALICE, "/static/css/bandstand.css", headers={"If-Modified-Since": static["Last-Modified"]})()

    assert missing(picture) == []
    assert unchanged.status_code == 304
    assert missing(unchanged) == []


def test_a_crash_has_them(twins: tuple[Twin, Twin], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bandstand_web.home.portal.render_markdown", lambda _text, **_language: 1 / 0)
    answer = page(ALICE, "/")()

    assert answer.status_code == 500
    assert missing(answer) == []


def test_a_suspended_portal_has_them(twins: tuple[Twin, Twin]) -> None:
    Organization.objects.filter(slug="alice").update(state=Organization.State.SUSPENDED)
    answer = page(ALICE, "/")()

    assert answer.status_code == 503
    assert missing(answer) == []
