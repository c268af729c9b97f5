"""From the platform to the portal, logged in: the whole way round, and every way that must not work."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from django.core.cache import caches
from django.test import Client
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.accounts.models import User
from tests.conftest import Portal

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
def test_while_the_cache_is_away_the_platform_says_how_to_log_in(alice: Client, alice_portal: Portal) -> None:
    answer = alice.get("/organizations/alice/hand-over/?state=something")

    assert answer.status_code == 503
    assert "http://alice.bandstand.localhost:8000/accounts/login/" in answer.content.decode()


def test_while_the_cache_is_away_the_portal_logs_nobody_in(
    alice: Client, alice_portal: Portal, request: pytest.FixtureRequest
) -> None:
    portal = alice_portal.client()
    url = _token_url(alice, portal)
    request.getfixturevalue("_no_cache")

    assert portal.get(url).status_code == 503
    assert not _is_logged_in(portal)
