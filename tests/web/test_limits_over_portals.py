"""Limits of an address hold over all portals; those of an account in its portal alone."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client, RequestFactory, override_settings
from django_tenants.utils import schema_context, tenant_context
from pytest_django.fixtures import Settings

from bandstand.accounts import roles
from bandstand.accounts.client_address import client_address, counted_address
from bandstand.mail.models import OutgoingMessage
from bandstand_web import rate_limits
from tests.conftest import PASSWORD, Portal

pytestmark = pytest.mark.attack

ADDRESS = "203.0.113.77"


def status(portal: Portal | None, path: str, data: dict[str, str] | None = None, address: str = ADDRESS) -> int:
    client = Client(HTTP_HOST=portal.host if portal else "bandstand.localhost", REMOTE_ADDR=address)
    return (client.get(path) if data is None else client.post(path, data)).status_code


def test_an_address_is_counted_over_all_portals_and_the_platform(
    alice_portal: Portal, charlie_portal: Portal, settings: Settings
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login": "3/h/ip", "search": "2/h/ip", "invitation_accept": "2/h/ip"}
    form = {"login": "nobodyhere@example.org", "password": "a-guess"}
    for place in (alice_portal, charlie_portal, None):
        assert status(place, "/accounts/login/", form) == 200
    assert [status(place, "/accounts/login/", form) for place in (alice_portal, charlie_portal, None)] == [429] * 3
    assert status(alice_portal, "/accounts/login/", form, address="203.0.113.78") == 200

    for path in ("/search/?q=x", "/accounts/join/none/"):
        status(alice_portal, path)
        status(charlie_portal, path)
        assert status(charlie_portal, path) == status(alice_portal, path) == 429, path


def test_failures_of_an_address_are_counted_over_all_portals(
    alice_portal: Portal, charlie_portal: Portal, settings: Settings
) -> None:
    """Each guess at another account, so that no lock of one account tells."""
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "4/h/ip,20/15m/key", "login": "1000/m/ip"}
    guesses = [
        status(portal, "/accounts/login/", {"login": f"{number}@example.org", "password": "a-guess"})
        for number in range(3)
        for portal in (alice_portal, charlie_portal)
    ]

    assert guesses == [200, 200, 200, 200, 429, 429]


@pytest.mark.django_db
def test_each_limit_of_an_address_has_a_key_without_a_portal(
    alice_portal: Portal, charlie_portal: Portal, settings: Settings
) -> None:
    limits = {name: rates for name, rates in settings.ACCOUNT_RATE_LIMITS.items() if "/ip" in rates}
    request = RequestFactory().get("/")
    for name, rates in limits.items():
        cache.clear()
        for portal in (alice_portal, charlie_portal):
            with tenant_context(portal.organization):
                rate_limits.allows(request, name, key="an-account")
        keys = [key.decode() for key in cache._cache.get_client(None, write=True).scan_iter()]
        of_addresses = [key for key in keys if "/ip:ip:" in key]
        of_accounts = [key for key in keys if "/key:" in key]
        assert of_addresses, name
        assert all(key.startswith("public:") for key in of_addresses), keys
        assert len(of_accounts) == 2 * rates.count("/key"), "one for each portal"


@pytest.mark.parametrize(
    ("sent", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("unknown", None),
        ("", None),
    ],
)
def test_an_ipv6_address_is_counted_by_its_network(sent: str, counted: str | None) -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="", headers={"X-Forwarded-For": sent})
    with override_settings(TRUSTED_PROXIES=1):
        assert counted_address(request) == counted
        assert "::ffff:192" not in str(client_address(request))


def test_moving_within_a_network_buys_no_further_guess(alice_portal: Portal) -> None:
    form = {"login": alice_portal.user(roles.MANAGER).email, "password": "a-guess"}
    guesses = [
        status(alice_portal, "/accounts/login/", form, address=f"2001:db8:1:2::{number:x}") for number in range(1, 10)
    ]

    assert guesses[0] == 200
    assert guesses[-1] == 429
    form["password"] = PASSWORD
    assert status(alice_portal, "/accounts/login/", form, address="2001:db8:1:3::1") == 302


@pytest.mark.parametrize("role", [roles.MANAGER, roles.OWNER])
def test_a_day_has_so_many_links_for_a_new_password(alice_portal: Portal, settings: Settings, role: str) -> None:
    """Everyone is told the same; an owner's links come from the platform, and are counted there."""
    email = alice_portal.user(role).email
    settings.ACCOUNT_RATE_LIMITS = {"reset_password": "1000/m/ip", "reset_links": "3/d/key"}
    answers = []
    for _time in range(6):
        browser = Client(HTTP_HOST=alice_portal.host)
        answer = browser.post("/accounts/password/reset/", {"email": email})
        answers.append((answer.status_code, answer["Location"], browser.get(answer["Location"]).status_code))

    assert set(answers) == {(302, "/accounts/password/reset/sent/", 200)}
    schema = "public" if role == roles.OWNER else alice_portal.organization.schema_name
    with schema_context(schema):
        assert OutgoingMessage.objects.filter(recipients=[email]).count() == 3
