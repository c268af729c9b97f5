"""What the team decides holds at the platform: Alice founded the portal, Bob owns it too, Charlie owns another."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.organizations.models import Organization
from bandstand.portals.models import PortalSettings
from bandstand.portals.second_factors import second_factor_demand
from tests.conftest import PASSWORD, Browser, Portal

ALICE, BOB = "alice@example.org", "bob@example.org"
EVERY_PAGE = ("", "export/", "delete/", "hand-over/?state=x")


@pytest.fixture
def bob(alice_portal: Portal) -> User:
    """Bob's row on Alice's team, of which he is a second owner."""
    return alice_portal.user(roles.OWNER, BOB)


def at_platform(email: str) -> Client:
    browser = Browser(HTTP_HOST="bandstand.localhost")
    browser.force_login(User.objects.get(email=email), backend="allauth.account.auth_backends.AuthenticationBackend")
    return browser


def statuses(browser: Client) -> list[int]:
    return [browser.get(f"/organizations/alice/{page}").status_code for page in EVERY_PAGE]


def test_a_co_owner_logs_in_at_the_platform_and_may_what_the_founder_may(alice_portal: Portal, bob: User) -> None:
    browser = Client(HTTP_HOST="bandstand.localhost")
    browser.post("/accounts/login/", {"login": BOB, "password": PASSWORD})

    assert "Alice&#x27;s Agency" in browser.get("/organizations/").content.decode()
    assert statuses(at_platform(BOB)) == [200, 200, 200, 302]
    at_platform(BOB).post("/organizations/alice/", {"name": "Bob's Agency"})
    at_platform(BOB).post("/organizations/alice/delete/", {"typed": "alice"})

    organization = Organization.objects.get(slug="alice")
    assert (organization.name, organization.state) == ("Bob's Agency", Organization.State.DELETING)


@pytest.mark.parametrize(
    "end", [lambda browser, pk: browser.post(f"/backstage/team/{pk}/remove/"),
            lambda browser, pk: browser.post(f"/backstage/team/{pk}/role/", {"role": roles.MANAGER})],
    ids=["removed", "demoted"],
)  # fmt: skip
def test_whom_a_co_owner_takes_off_has_no_right_left_at_the_platform(
    alice_portal: Portal, bob: User, end: Callable[[Client, int], object]
) -> None:
    alice = at_platform(ALICE)
    founder = alice_portal.user()
    bobs = alice_portal.client()
    with tenant_context(alice_portal.organization):
        bobs.force_login(bob, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert statuses(alice) == [200, 200, 200, 302]

    end(bobs, founder.pk)

    assert statuses(alice) == [404] * 4
    assert alice.post("/organizations/alice/", {"name": "Mine"}).status_code == 404
    assert alice.post("/organizations/alice/delete/", {"typed": "alice"}).status_code == 404
    assert Organization.objects.get(slug="alice").state == Organization.State.ACTIVE
    assert statuses(at_platform(BOB)) == [200, 200, 200, 302]


def test_who_becomes_an_owner_on_the_team_s_page_may_at_once(alice_portal: Portal) -> None:
    editor = alice_portal.user(roles.EDITOR)

    alice_portal.client_of(roles.OWNER).post(f"/backstage/team/{editor.pk}/role/", {"role": roles.OWNER})

    assert statuses(at_platform(editor.email)) == [200, 200, 200, 302]


def test_somebody_else_s_owner_may_nothing(alice_portal: Portal, bob: User, charlie_portal: Portal) -> None:
    assert statuses(at_platform("charlie@example.org")) == [404] * 4


def demand(portal: Portal, *wanted: str) -> None:
    with tenant_context(portal.organization):
        second_factor_demand(roles=wanted)
        assert PortalSettings.objects.current().second_factor_roles == list(wanted)


def test_a_second_step_that_the_portal_demands_of_owners_is_demanded_at_the_platform(alice_portal: Portal) -> None:
    demand(alice_portal, roles.OWNER)
    alice = at_platform(ALICE)

    for page in EVERY_PAGE:
        assert alice.get(f"/organizations/alice/{page}").headers["Location"] == "/accounts/second-factor/"
    for page in ("", "delete/"):
        answer = alice.post(f"/organizations/alice/{page}", {"name": "Mine", "typed": "alice"})
        assert answer.headers["Location"] == "/accounts/second-factor/"
    organization = Organization.objects.get(slug="alice")
    assert (organization.name, organization.state) == ("Alice's Agency", Organization.State.ACTIVE)

    Authenticator.objects.create(user=User.objects.get(email=ALICE), type=Authenticator.Type.TOTP, data={})
    assert statuses(alice) == [200, 200, 200, 302]


def test_a_second_step_that_is_demanded_of_others_is_not(alice_portal: Portal) -> None:
    demand(alice_portal, roles.MANAGER, roles.EDITOR)

    assert statuses(at_platform(ALICE)) == [200, 200, 200, 302]


def test_a_rule_of_one_portal_is_none_of_another(alice_portal: Portal, charlie_portal: Portal) -> None:
    demand(charlie_portal, roles.OWNER)

    assert statuses(at_platform(ALICE)) == [200, 200, 200, 302]
