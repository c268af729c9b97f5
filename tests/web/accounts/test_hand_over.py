"""From the platform to the portal, logged in: the whole way round, and every way that must not work."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from django.core.cache import caches
from django.db import transaction
from django.test import Client
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.organizations.owners import owner_add
from tests.authenticator_app import code_for
from tests.conftest import PASSWORD, Portal
from tests.mailbox import link_in, newest_mail_to
from tests.owners import come_in, hand_over, platform
from tests.web.accounts.test_second_factors import FACTOR

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def alice(platform_client: Client, alice_portal: Portal) -> Client:
    """Alice's browser, logged in at the platform."""
    platform_client.force_login(User.objects.get(email=alice_portal.owner_email), backend=BACKEND)
    return platform_client


def _local(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def _token_url(platform: Client, portal: Client) -> str:
    """Return the address with a token that the platform sends `portal`'s browser to."""
    to_platform = portal.get("/accounts/hand-over/").headers["Location"]
    assert to_platform.startswith("http://bandstand.localhost:8000/organizations/alice/hand-over/?state=")
    return _local(platform.get(_local(to_platform)).headers["Location"])


def _is_logged_in(portal: Client) -> bool:
    return portal.get("/accounts/profile/").status_code == 200


def test_it_logs_the_owner_in(alice: Client, alice_portal: Portal) -> None:
    portal = alice_portal.client()

    answer = portal.get(_token_url(alice, portal))

    assert answer.headers["Location"] == "/backstage/"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    assert portal.get("/accounts/profile/").context["user"] == alice_portal.user()


def test_a_token_works_once(alice: Client, alice_portal: Portal) -> None:
    portal = alice_portal.client()
    url = _token_url(alice, portal)
    state = portal.cookies["hand-over"].value
    portal.get(url)

    replay = alice_portal.client()
    replay.cookies["hand-over"] = state

    assert replay.get(url).status_code == 403
    assert not _is_logged_in(replay)


def test_a_link_sent_by_somebody_else_logs_nobody_in(alice: Client, alice_portal: Portal) -> None:
    url = _token_url(alice, alice_portal.client())
    victim = alice_portal.client()

    answer = victim.get(url)

    assert answer.status_code == 403
    assert "in the browser that asked for it" in answer.content.decode()
    assert not _is_logged_in(victim)


def test_a_link_sent_by_somebody_else_is_no_use_to_a_browser_that_began_itself(
    alice: Client, alice_portal: Portal
) -> None:
    url = _token_url(alice, alice_portal.client())
    victim = alice_portal.client()
    victim.get("/accounts/hand-over/")

    assert victim.get(url).status_code == 403
    assert not _is_logged_in(victim)


def test_a_token_is_worthless_at_another_portal(alice: Client, alice_portal: Portal, charlie_portal: Portal) -> None:
    with tenant_context(charlie_portal.organization):
        User.objects.create_user(alice_portal.owner_email, "x")
    portal, other = alice_portal.client(), charlie_portal.client()
    url = _token_url(alice, portal)
    other.cookies["hand-over"] = portal.cookies["hand-over"].value

    assert other.get(url).status_code == 403
    assert not _is_logged_in(other)


def test_a_token_is_worthless_on_the_platform(alice: Client, alice_portal: Portal) -> None:
    url = _token_url(alice, alice_portal.client())

    assert Client(HTTP_HOST="bandstand.localhost").get(url).status_code == 404


def test_somebody_who_owns_another_organization_gets_no_token(alice_portal: Portal, charlie_portal: Portal) -> None:
    charlie = Client(HTTP_HOST="bandstand.localhost")
    charlie.force_login(User.objects.get(email=charlie_portal.owner_email), backend=BACKEND)
    to_platform = alice_portal.client().get("/accounts/hand-over/").headers["Location"]

    assert charlie.get(_local(to_platform)).status_code == 404


def test_a_team_member_who_is_no_owner_gets_no_token(alice_portal: Portal) -> None:
    manager = alice_portal.user(roles.MANAGER)
    elsewhere = User.objects.create_user(manager.email, "x")
    browser = Client(HTTP_HOST="bandstand.localhost")
    browser.force_login(elsewhere, backend=BACKEND)

    assert browser.get("/organizations/alice/hand-over/?state=x").status_code == 404


def test_a_stranger_logs_in_on_the_way(alice_portal: Portal, platform_client: Client) -> None:
    to_platform = _local(alice_portal.client().get("/accounts/hand-over/").headers["Location"])

    answer = platform_client.get(to_platform)

    assert answer.headers["Location"].startswith("/accounts/login/?next=/organizations/alice/hand-over/")


def test_it_replaces_whoever_was_logged_in_at_the_portal(alice: Client, alice_portal: Portal) -> None:
    portal = alice_portal.client_of(roles.EDITOR)

    portal.get(_token_url(alice, portal))

    assert portal.get("/accounts/profile/").context["user"] == alice_portal.user()


@pytest.fixture
def _no_cache() -> Iterator[None]:
    client = caches["strict"]._cache
    reachable = client._servers
    client._servers = ["redis://127.0.0.1:1/0"]
    client._pools.clear()
    yield
    client._servers = reachable
    client._pools.clear()


@pytest.mark.usefixtures("_no_cache")
def test_while_the_cache_is_away_the_platform_asks_for_patience(alice: Client, alice_portal: Portal) -> None:
    answer = alice.get("/organizations/alice/hand-over/?state=something")

    assert answer.status_code == 503
    assert "Please try again in a few minutes" in answer.content.decode()


def test_while_the_cache_is_away_the_portal_logs_nobody_in(
    alice: Client, alice_portal: Portal, request: pytest.FixtureRequest
) -> None:
    portal = alice_portal.client()
    url = _token_url(alice, portal)
    request.getfixturevalue("_no_cache")

    assert portal.get(url).status_code == 503
    assert not _is_logged_in(portal)


def test_somebody_at_the_portals_log_in_page_comes_back_to_where_they_wanted_to_go(alice_portal: Portal) -> None:
    asked = alice_portal.client().get("/backstage/team/").headers["Location"]
    browser, at_platform = alice_portal.client(), platform()
    page = browser.get(asked)
    assert "Log in as an owner" in page.content.decode()
    assert "form-action 'self' http://bandstand.localhost:8000" in page.headers["Content-Security-Policy"]

    there = browser.post("/accounts/hand-over/", {"login": "alice@example.org", "next": "/backstage/team/"})
    log_in = at_platform.get(_local(there.headers["Location"])).headers["Location"]
    form = at_platform.get(log_in)
    assert form.context["form"]["login"].value() == "alice@example.org"
    assert "http://*.bandstand.localhost:8000" in form.headers["Content-Security-Policy"]
    sent = {"login": "alice@example.org", "password": PASSWORD, "next": form.context["redirect_field_value"]}
    back = at_platform.get(at_platform.post("/accounts/login/", sent).headers["Location"]).headers["Location"]

    assert browser.get(_local(back)).headers["Location"] == "/backstage/team/"
    assert browser.get("/backstage/team/").status_code == 200


@pytest.mark.parametrize(
    "onward", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_nobody_is_led_away_by_the_way_back(alice_portal: Portal, onward: str) -> None:
    browser = alice_portal.client()

    assert hand_over(alice_portal, browser, platform(), "alice@example.org", PASSWORD, onward) == "/backstage/"


def test_an_owners_password_opens_nothing_at_the_portal(alice_portal: Portal) -> None:
    browser = alice_portal.client()

    answer = browser.post("/accounts/login/", {"login": "alice@example.org", "password": PASSWORD})

    assert answer.status_code == 200
    assert not _is_logged_in(browser)


def test_a_new_password_ends_every_session_everywhere(
    alice_portal: Portal, charlie_portal: Portal, platform_client: Client
) -> None:
    account = User.objects.get(email="alice@example.org")
    owner_add(organization=charlie_portal.organization, account=account)
    portals = [come_in(alice_portal), come_in(charlie_portal, "alice@example.org")]
    elsewhere = platform()
    elsewhere.force_login(account, backend=BACKEND)
    platform_client.force_login(account, backend=BACKEND)

    platform_client.post("/accounts/password/", {"oldpassword": PASSWORD, "password1": "eight-days-a-week"})

    assert platform_client.get("/organizations/").status_code == 200
    assert elsewhere.get("/organizations/").status_code == 302
    assert [browser.get("/backstage/").status_code for browser in portals] == [302, 302]
    assert come_in(alice_portal, password="eight-days-a-week").get("/backstage/").status_code == 200


def test_a_forgotten_password_is_set_anew_at_the_platform_for_all_portals(alice_portal: Portal) -> None:
    before = come_in(alice_portal)
    alice_portal.client().post("/accounts/password/reset/", {"email": "alice@example.org"})
    link = urlsplit(link_in(newest_mail_to("alice@example.org")))
    assert link.netloc == "bandstand.localhost:8000"

    at_platform = platform()
    at_platform.post(at_platform.get(link.path).headers["Location"], {"password1": "eight-days-a-week"})

    assert before.get("/backstage/").status_code == 302
    assert come_in(alice_portal, password="eight-days-a-week").get("/backstage/").status_code == 200


@pytest.mark.parametrize("what", ["log-out", "all other sessions", "a factor"])
def test_what_ends_sessions_at_the_platform_ends_them_at_portals(
    alice: Client, alice_portal: Portal, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transaction, "on_commit", lambda act, **_options: act())  # a test's transaction never commits
    browser = come_in(alice_portal)

    if what == "log-out":
        alice.post("/accounts/logout/")
    elif what == "all other sessions":
        alice.post("/accounts/sessions/")
    else:
        secret = re.search(r'value="([A-Z2-7]{32})"', alice.get(f"{FACTOR}totp/activate/").content.decode())
        assert secret
        alice.post(f"{FACTOR}totp/activate/", {"code": code_for(secret[1])})

    assert browser.get("/backstage/").status_code == 302


def test_an_owner_who_is_demoted_is_logged_out_and_gets_a_password_of_the_portals_own(alice_portal: Portal) -> None:
    bob = alice_portal.user(roles.OWNER, "bob@example.org")
    browser = come_in(alice_portal, bob.email)
    alice_portal.client_of(roles.OWNER).post(f"/backstage/team/{bob.pk}/role/", {"role": roles.EDITOR})
    assert browser.get("/backstage/").status_code == 302
    assert "You no longer own" in newest_mail_to(bob.email).subject

    browser.post("/accounts/password/reset/", {"email": bob.email})
    with tenant_context(alice_portal.organization):
        link = urlsplit(link_in(newest_mail_to(bob.email)))
    assert link.netloc == f"{alice_portal.host}:8000"
    browser.post(browser.get(link.path).headers["Location"], {"password1": "eight-days-a-week"})
    answer = browser.post("/accounts/login/", {"login": bob.email, "password": "eight-days-a-week"})

    assert answer.headers["Location"] == "/backstage/"


def test_an_owners_row_at_the_portal_never_gets_a_password(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        alice = alice_portal.user()
        alice.set_password(PASSWORD)
        alice.save()

        assert not User.objects.get(pk=alice.pk).has_usable_password()
