"""Every limit, one after another: who asks once too often gets status 429, a sentence, and the time to wait.

Rates are one an hour here: what counts is that somebody is refused, and how. Each limit that allauth or the settings
know has a row; a new one without fails.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from allauth.account import app_settings as account
from allauth.core.internal.ratelimit import parse_rates
from allauth.mfa import app_settings as mfa
from django.core.cache import cache
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django_tenants.utils import tenant_context
from pytest_django.fixtures import Settings

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.pages.models import Page
from bandstand.pages.passwords import password_set
from tests.conftest import Browser, Portal
from tests.factories.pages import PageFactory
from tests.isolation.twins import INVITATION, PK, SLUG, fill
from tests.isolation.visiting import PLATFORM, PORTAL
from tests.web.accounts.test_second_factors import FACTOR, enrol, log_in
from tests.web.bands.test_contact import message
from tests.web.platform.signup_form import filled_in
from tests.web.reports.test_reporting import filled_in as reported

WEB = Path(__file__).resolve().parents[2] / "services" / "web" / "bandstand_web"
HTMX = {"HTTP_HX_REQUEST": "true"}
HOUR = 3600
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


class Cast:
    """Who runs into limits: a visitor, a member, the owner of a portal; and a visitor and an owner at the platform."""

    def __init__(self, portal: Portal) -> None:
        self.domain = fill(portal, "canary").domain
        self.portal = portal
        self.visitor = portal.client()
        self.owner = portal.client_of(roles.OWNER)
        self.member = portal.client_of(roles.MANAGER)  # owners change how they log in at the platform
        self.stranger = Client(HTTP_HOST="bandstand.localhost")

    def new_address(self) -> Any:
        """Change a member's address, then ask for another code."""
        self.member.post("/accounts/email/", {"email": "new@example.org", "action_add": "1"})
        return self.member.post("/accounts/email/code/", {"action": "resend"})

    def wrong_code(self) -> Any:
        """Change a member's address, once, then guess the code."""
        if "new@example.org" not in self.member.get("/accounts/email/code/").content.decode():
            self.member.post("/accounts/email/", {"email": "new@example.org", "action_add": "1"})
        return self.member.post("/accounts/email/code/", {"code": "WRONG1"})

    def another_code(self) -> Any:
        """Sign up, then ask for another code."""
        self.stranger.post("/signup/", filled_in())
        return self.stranger.post("/signup/verify/resend/")

    def another_portal(self) -> Any:
        """Open a portal with an account that has one."""
        browser = Browser(HTTP_HOST="bandstand.localhost")
        browser.force_login(User.objects.get(email=self.portal.owner_email), BACKEND)
        return browser.post("/organizations/new/", {"name": "More", "slug": f"more-{secrets.token_hex(4)}"})

    def wrong_password(self) -> Any:
        """Guess a page's password."""
        with tenant_context(self.portal.organization):
            if not Page.objects.filter(slug="locked").exists():
                password_set(PageFactory(slug="locked", visibility=Page.Visibility.PASSWORD), "right")
        return self.visitor.post("/unlock/locked/", {"password": "a-guess"})

    def vote(self) -> Any:
        """Vote with a new browser, as whoever wants to vote twice does."""
        browser = self.portal.client()
        browser.get(f"/polls/{PK}/")  # which gives it the cookie
        return browser.post(f"/polls/{PK}/", {"choice": str(PK)})


Act = Callable[[Cast], Any]
# limit: what asks for it.
ROWS: dict[str, list[Act]] = {
    "login": [lambda cast: cast.visitor.post("/accounts/login/", {"login": "a@example.org"})],
    "login_failed": [
        lambda cast: cast.visitor.post("/accounts/login/", {"login": cast.portal.owner_email, "password": "a-guess"})
    ],
    "reset_password": [lambda cast: cast.visitor.post("/accounts/password/reset/", {"email": "a@example.org"})],
    "reset_password_from_key": [lambda cast: cast.visitor.post("/accounts/password/reset/3mv-none/")],
    "change_password": [lambda cast: cast.member.post("/accounts/password/", {"oldpassword": "a-guess"})],
    "manage_email": [lambda cast: cast.member.post("/accounts/email/", {"email": "no address"})],
    "reauthenticate": [lambda cast: cast.member.post("/accounts/confirm/", {"password": "a-guess"})],
    "confirm_email": [Cast.new_address],
    "code": [Cast.wrong_code],
    "signup": [lambda cast: cast.stranger.post("/signup/", filled_in())],
    "signup_resend": [Cast.another_code],
    "signup_address": [
        lambda cast: cast.stranger.get("/signup/address/", {"slug": "dora"}, **HTMX),
        lambda cast: cast.stranger.get("/signup/address/", {"name": "Dora", "slug": ""}, **HTMX),
    ],
    "portal_create": [Cast.another_portal],
    "invite": [
        lambda cast: cast.owner.post("/backstage/team/invite/", {"email": "b@example.org", "role": roles.EDITOR}),
        lambda cast: cast.owner.post(f"/backstage/team/invitations/{PK}/resend/"),
    ],
    "export": [
        lambda cast: cast.owner.get("/backstage/log/log.csv"),
        lambda cast: cast.owner.post("/admin/bands/band/export/", {"format": "0"}),
    ],
    "domain": [
        lambda cast: cast.owner.post("/backstage/domains/", {"name": "bands.example.com"}),
        lambda cast: cast.owner.post(f"/backstage/domains/{cast.domain}/check/"),
    ],
    "invitation_accept": [lambda cast: cast.visitor.get(f"/accounts/join/{INVITATION}/")],
    "contact": [lambda cast: cast.visitor.post(f"/bands/{SLUG}/contact/", message())],
    "report": [lambda cast: cast.visitor.post("/report/", reported())],
    "page_password": [Cast.wrong_password],
    "vote": [Cast.vote],
    "search": [
        lambda cast: cast.visitor.get("/search/", {"q": "tuba"}),
        lambda cast: cast.visitor.get("/search/", {"q": "tuba"}, **HTMX),
    ],
    "answer": [lambda cast: cast.owner.post(f"/backstage/enquiries/{PK}/answer/", {"text": "Yes"})],
    "csp_report": [lambda cast: cast.visitor.post("/csp-reports/", "{}", content_type="application/csp-report")],
    "print": [
        lambda cast: cast.owner.post(f"/backstage/gigs/{PK}/prints/", {}),
        lambda cast: cast.owner.post("/backstage/gigs/season/", {"year": "2027"}),
    ],
    "import_link": [
        lambda cast: cast.owner.post(
            "/backstage/imports/add/", {"subject": "bands", "link": "https://example.org/bands.csv"}
        )
    ],
}
# Refuses without a word; see test_a_day_has_so_many_links_for_a_new_password.
SILENT = {"reset_links"}
# Of programs, which read no sentence; see tests/web/gigs/test_own_calendar.py.
OF_PROGRAMS = {"own_calendar", "unknown_calendar"}
# allauth's limits of pages that aren't here.
ELSEWHERE = {
    "change_phone": "account_change_phone",
    "verify_phone": "account_verify_phone",
    "request_login_code": "account_request_login_code",
    "webauthn_login": "mfa_login_webauthn",
}


@pytest.fixture
def cast(alice_portal: Portal) -> Cast:
    """Everybody who is needed, and no count yet."""
    found = Cast(alice_portal)
    cache.clear()
    return found


def refused(act: Act, cast: Cast) -> Any:
    """Return the answer to the second time of the same."""
    act(cast)
    return act(cast)


def test_every_limit_has_a_row() -> None:
    assert set(ROWS) | set(ELSEWHERE) | SILENT | OF_PROGRAMS == set(account.RATE_LIMITS) | set(mfa.RATE_LIMITS)


def test_what_a_view_asks_for_is_a_limit() -> None:
    asked = {
        name
        for path in WEB.rglob("*.py")
        for name in re.findall(r'rate_limits\.allows\([^,]+, "(\w+)"', path.read_text())
    }

    assert len(asked) > 10
    assert {name for name in asked if not parse_rates(account.RATE_LIMITS.get(name))} == set()


@pytest.mark.parametrize(("name", "number"), [(name, number) for name in ROWS for number in range(len(ROWS[name]))])
def test_once_too_often_is_refused_with_a_sentence_and_the_time_to_wait(
    cast: Cast, settings: Settings, name: str, number: int
) -> None:
    (rate, *_more) = sorted(parse_rates(account.RATE_LIMITS[name]), key=lambda rate: rate.per != "key")
    settings.ACCOUNT_RATE_LIMITS = {name: f"1/h/{rate.per}"}

    answer = refused(ROWS[name][number], cast)

    assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert 0 < int(answer.headers["Retry-After"]) <= HOUR
    assert "no-store" in answer.headers["Cache-Control"]
    text = answer.content.decode()
    assert re.search(r"[Ww]ait|[Tt]ry again|patien", text), text
    assert ("<html" in text) is ("HTTP_HX_REQUEST" not in answer.request), "htmx fills a part of a page"
    assert "429 Too Many Requests" not in text, "allauth's page for who has none"


def test_guessing_the_code_of_a_second_factor_is_refused_the_same_way(alice_portal: Portal, settings: Settings) -> None:
    enrol(alice_portal)
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "1/h/key"}
    browser, _answer = log_in(alice_portal)
    first, second = (browser.post(f"{FACTOR}authenticate/", {"code": "000000"}) for _time in range(2))

    assert (first.status_code, second.status_code) == (HTTPStatus.OK, HTTPStatus.TOO_MANY_REQUESTS)
    assert int(second.headers["Retry-After"]) > 0
    assert "Too many failed" in second.content.decode()


def test_the_address_that_was_typed_stays_in_its_field(cast: Cast, settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"signup_address": "1/h/ip"}
    typed = {"name": "Dora's Drums", "slug": "dora", "suggested": "dora"}
    for _time in range(2):
        answer = cast.stranger.get("/signup/address/", typed, **HTMX)

    assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert 'value="dora"' in answer.content.decode()
    assert "is free" not in answer.content.decode()


@pytest.mark.parametrize("name", ELSEWHERE.values())
@pytest.mark.parametrize("urlconf", [PLATFORM, PORTAL])
def test_pages_whose_limits_are_not_tried_are_not_there(name: str, urlconf: str) -> None:
    with pytest.raises(NoReverseMatch):
        reverse(name, urlconf=urlconf)


def test_pages_let_htmx_show_what_a_limit_says(alice_portal: Portal) -> None:
    page = alice_portal.client().get("/search/").content.decode()

    assert '{"code": "429", "swap": true' in page
