"""An owner's second step stands at the platform, and holds at the portal by the way from there."""

from __future__ import annotations

import re

from django.core.cache import cache
from django.test import Client

from bandstand.accounts import roles
from bandstand.accounts.models import User
from tests.authenticator_app import code_for
from tests.conftest import PASSWORD, Browser, Portal
from tests.owners import hand_over, local, platform
from tests.web.accounts.test_hand_over import BACKEND
from tests.web.accounts.test_second_factors import FACTOR, demand, is_in


def enrolled(email: str) -> str:
    """Give the platform's account an authenticator app; return its secret."""
    browser = Browser(HTTP_HOST="bandstand.localhost")
    browser.force_login(User.objects.get(email=email), backend=BACKEND)
    found = re.search(r'value="([A-Z2-7]{32})"', browser.get(f"{FACTOR}totp/activate/").content.decode())
    assert found
    browser.post(f"{FACTOR}totp/activate/", {"code": code_for(found[1])})
    cache.clear()
    return found[1]


def test_the_platforms_factor_is_asked_for_and_counts_at_the_portal(alice_portal: Portal) -> None:
    secret = enrolled(alice_portal.owner_email)
    demand(alice_portal, roles.OWNER)
    browser, at_platform = alice_portal.client(), platform()

    assert hand_over(alice_portal, browser, at_platform, alice_portal.owner_email, PASSWORD) != "/backstage/"
    assert not is_in(browser)
    asked = local(browser.get("/accounts/hand-over/")["Location"])
    at_platform.get(asked)
    at_platform.post(f"{FACTOR}authenticate/", {"code": code_for(secret)})

    assert browser.get(local(at_platform.get(asked)["Location"]))["Location"] == "/backstage/"
    assert is_in(browser)


def test_a_rule_that_comes_later_sends_owners_back_to_set_a_second_step_up(alice_portal: Portal) -> None:
    browser, at_platform = alice_portal.client(), platform()
    hand_over(alice_portal, browser, at_platform, alice_portal.owner_email, PASSWORD)
    assert is_in(browser)

    demand(alice_portal, roles.OWNER)

    there = browser.get("/backstage/team/")["Location"]
    assert there == "/accounts/hand-over/?next=%2Fbackstage%2Fteam%2F"
    assert at_platform.get(local(browser.get(there)["Location"]))["Location"] == FACTOR


def test_a_portal_that_demands_one_is_entered_with_one_alone(alice_portal: Portal) -> None:
    demand(alice_portal, roles.OWNER)
    platform = Client(HTTP_HOST="bandstand.localhost")
    platform.force_login(User.objects.get(email=alice_portal.owner_email), backend=BACKEND)

    answer = platform.get("/organizations/alice/hand-over/?state=x")

    assert answer.headers["Location"] == FACTOR
    # Whoever took over the platform's session alone sets up no factor: that asks for the password.
    assert platform.get(f"{FACTOR}totp/activate/")["Location"].startswith("/accounts/confirm/")
    cache.clear()
    platform.post("/accounts/confirm/", {"password": PASSWORD})
    assert platform.get(f"{FACTOR}totp/activate/").status_code == 200


def test_a_portal_in_another_cell_has_its_rule_kept_too(alice_portal: Portal) -> None:
    """The platform doesn't know the rules of portals elsewhere: they say by which one somebody comes."""
    browser = Client(HTTP_HOST="bandstand.localhost")
    browser.force_login(User.objects.get(email=alice_portal.owner_email), backend=BACKEND)

    freely, by_a_rule = (
        browser.get(f"/organizations/alice/hand-over/?state=x{rule}")["Location"] for rule in ("", "&second_step=1")
    )

    assert "token=" in freely
    assert by_a_rule == FACTOR
