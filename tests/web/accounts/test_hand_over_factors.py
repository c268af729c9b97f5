"""A second step and the way from the platform: the portal asks for its own account's, whatever the platform asked."""

from __future__ import annotations

from django.core.cache import cache
from django.test import Client

from bandstand.accounts import roles
from bandstand.accounts.models import User
from tests.conftest import PASSWORD, Portal
from tests.web.accounts.test_hand_over import BACKEND, _token_url
from tests.web.accounts.test_second_factors import FACTOR, code_for, demand, enrol, is_in


def handed_over(portal: Portal) -> tuple[Client, str]:
    """Return the owner's browser at the portal, come from the platform, and where it was led."""
    platform, browser = Client(HTTP_HOST="bandstand.localhost"), portal.client()
    platform.force_login(User.objects.get(email=portal.owner_email), backend=BACKEND)
    return browser, browser.get(_token_url(platform, browser))["Location"]


def test_the_portals_own_factor_is_asked_for(alice_portal: Portal) -> None:
    secret = enrol(alice_portal)

    browser, led_to = handed_over(alice_portal)

    assert led_to.startswith(f"{FACTOR}authenticate/")
    assert not is_in(browser)
    browser.post(f"{FACTOR}authenticate/", {"code": code_for(secret)})
    assert is_in(browser)


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
