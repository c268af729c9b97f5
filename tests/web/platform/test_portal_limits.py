"""How many portals an account may open, in all and in an hour."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django.asserts import assertContains
from pytest_django.fixtures import Settings

from bandstand.accounts.models import User
from bandstand.organizations.models import Organization
from tests.conftest import Portal
from tests.mailbox import code_in, newest_mail_to
from tests.web.platform.signup_form import filled_in

pytestmark = pytest.mark.attack


@pytest.fixture
def alice(platform_client: Client, alice_portal: Portal) -> Client:
    platform_client.force_login(
        User.objects.get(email=alice_portal.owner_email), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    return platform_client


def open_portal(client: Client, number: int) -> int:
    return client.post("/organizations/new/", {"name": f"More {number}", "slug": f"more-{number}"}).status_code


def test_an_account_at_its_limit_is_told_how_many_and_whom_to_ask(alice: Client, settings: Settings) -> None:
    settings.PORTALS_PER_OWNER = 2
    settings.SUPPORT_CONTACT = "mailto:help@bands.example.org"
    assert open_portal(alice, 1) == 302

    answer = alice.post("/organizations/new/", {"name": "A third one", "slug": "a-third-one"})

    assertContains(answer, "You have 2 portals, and one owner can have 2", status_code=422)
    assertContains(answer, "help@bands.example.org", status_code=422)
    assertContains(answer, 'value="A third one"', status_code=422)
    assertContains(answer, 'value="a-third-one"', status_code=422)
    assertContains(alice.get("/organizations/new/"), "no room for another one")
    assertContains(alice.get("/organizations/"), "2 of 2")


def test_one_session_opens_few_portals_in_an_hour(alice: Client, settings: Settings) -> None:
    settings.PORTALS_PER_OWNER = 0

    answers = [open_portal(alice, number) for number in range(8)]

    assert answers == [302] * 5 + [429] * 3
    answer = alice.post("/organizations/new/", {"name": "Kept", "slug": "kept-portal"})
    assert int(answer.headers["Retry-After"]) == 3600
    assertContains(answer, 'value="kept-portal"', status_code=429)
    assert Organization.objects.filter(slug__startswith="more-").count() == 5


def test_one_address_opens_few_portals_by_signing_up(db: None, settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "portal_create": "2/h/ip,9/h/key"}

    for number in range(3):
        browser = Client(HTTP_HOST="bandstand.localhost")
        email = f"dora-{number}@example.org"
        browser.post("/signup/", filled_in(email=email, slug=f"dora-{number}"))
        answer = browser.post("/signup/verify/", {"code": code_in(newest_mail_to(email))})

    assert answer.status_code == 429
    assertContains(answer, 'value="dora-2"', status_code=429)
    assert not Organization.objects.filter(slug="dora-2").exists()
    settings.ACCOUNT_RATE_LIMITS = {}
    assert browser.post("/signup/another-address/", {"slug": "dora-2"}).status_code == 302, "nothing was lost"
