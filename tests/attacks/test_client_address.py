"""Nobody chooses the address that limits and locks count: X-Forwarded-For counts as far as proxies are trusted."""

from __future__ import annotations

import pytest
from django.test import Client, RequestFactory, override_settings
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.accounts.client_address import client_address
from bandstand.audit.models import Act, Entry
from tests.conftest import Portal

CONNECTED, CLIENT, FIRST_PROXY, MADE_UP = "203.0.113.1", "198.51.100.7", "10.0.0.2", "192.0.2.66"


@pytest.mark.parametrize(
    ("proxies", "passed_on", "expected"),
    [
        (0, None, CONNECTED),
        (0, MADE_UP, CONNECTED),
        (1, None, CONNECTED),
        (1, CLIENT, CLIENT),
        (1, f"{MADE_UP}, {CLIENT}", CLIENT),
        (1, f"{MADE_UP},{MADE_UP} ,{CLIENT} ", CLIENT),
        (2, f"{CLIENT}, {FIRST_PROXY}", CLIENT),
        (2, f"{MADE_UP}, {CLIENT}, {FIRST_PROXY}", CLIENT),
        (2, MADE_UP, CONNECTED),
        (1, "", CONNECTED),
        (1, "unknown", CONNECTED),
        (1, f"{MADE_UP}, ' OR 1=1", CONNECTED),
        (1, f"{CLIENT}:4711", CLIENT),
        (1, "[2001:db8::1]:4711", "2001:db8::1"),
        (1, "2001:DB8:0::1", "2001:db8::1"),
    ],
)
def test_what_stands_before_the_trusted_part_is_nobodys(proxies: int, passed_on: str | None, expected: str) -> None:
    headers = {} if passed_on is None else {"X-Forwarded-For": passed_on}
    request = RequestFactory().get("/", headers=headers, REMOTE_ADDR=CONNECTED)

    with override_settings(TRUSTED_PROXIES=proxies):
        assert client_address(request) == expected


def guess(portal: Portal, number: int, *, past: str = "{}") -> int:
    """Try a wrong password with a made-up address in front; return the answer's status."""
    browser = Client(HTTP_HOST=portal.host, REMOTE_ADDR=CONNECTED)
    made_up = f"192.0.2.{number}"
    form = {"login": portal.user(roles.MANAGER).email, "password": f"wrong-{number}"}
    return browser.post("/accounts/login/", form, headers={"X-Forwarded-For": past.format(made_up)}).status_code


@pytest.mark.parametrize(("proxies", "past"), [(0, "{}"), (1, "{}, 198.51.100.7"), (2, "{}, 198.51.100.7, 10.0.0.2")])
def test_made_up_addresses_buy_no_further_guesses(alice_portal: Portal, proxies: int, past: str) -> None:
    with override_settings(TRUSTED_PROXIES=proxies):
        statuses = [guess(alice_portal, number, past=past) for number in range(9)]

    assert statuses[0] == 200
    assert statuses[-1] == 429
    with tenant_context(alice_portal.organization):
        failed = Entry.objects.filter(act=Act.LOG_IN_FAILED).values_list("ip_address", flat=True)
        assert set(failed) == {CLIENT if proxies else CONNECTED}


def test_nobody_locks_a_person_out_from_elsewhere(alice_portal: Portal) -> None:
    with override_settings(TRUSTED_PROXIES=1):
        for number in range(9):
            guess(alice_portal, number, past="192.0.2.1")
        own = Client(HTTP_HOST=alice_portal.host, REMOTE_ADDR=CONNECTED)
        form = {"login": alice_portal.user(roles.MANAGER).email, "password": "seven-strings-and-a-drum"}

        assert own.post("/accounts/login/", form, headers={"X-Forwarded-For": CLIENT}).status_code == 302


@pytest.mark.parametrize(("proxies", "past"), [(0, "{}"), (1, "{}, 198.51.100.7")])
def test_made_up_addresses_buy_no_further_requests(alice_portal: Portal, proxies: int, past: str) -> None:
    with override_settings(TRUSTED_PROXIES=proxies):
        statuses = [
            Client(HTTP_HOST=alice_portal.host, REMOTE_ADDR=CONNECTED)
            .get("/accounts/join/none/", headers={"X-Forwarded-For": past.format(f"192.0.2.{number}")})
            .status_code
            for number in range(31)
        ]

    assert statuses[0] == 410
    assert statuses[-1] == 429
