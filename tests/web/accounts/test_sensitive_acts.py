"""Before what can't be taken back or opens doors, whoever is logged in gives the password once more."""

from __future__ import annotations

import pytest
from django.test import Client
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.organizations.models import Organization
from tests.conftest import PASSWORD, Portal
from tests.web.accounts.test_hand_over import BACKEND

AT_THE_PORTAL = [
    ("post", "/backstage/team/invite/"),
    ("post", "/backstage/team/second-step/"),
    ("post", "/backstage/team/{bob}/role/"),
    ("post", "/backstage/team/{bob}/remove/"),
    ("post", "/backstage/domains/"),
    ("post", "/backstage/domains/primary/"),
    ("post", "/backstage/domains/1/remove/"),
    ("get", "/backstage/log/log.csv"),
    ("post", "/accounts/email/"),
    ("post", "/accounts/sessions/"),
    ("post", "/accounts/sessions/1/end/"),
    ("get", "/accounts/second-factor/totp/activate/"),
    ("get", "/accounts/second-factor/recovery-codes/generate/"),
    ("get", "/accounts/second-factor/webauthn/add/"),
]
ON_THE_PLATFORM = [
    ("get", "/organizations/alice/export/"),
    ("post", "/organizations/alice/delete/"),
    ("post", "/admin/organizations/organization/"),
    ("post", "/admin/organizations/domain/add/"),
    ("post", "/admin/accounts/user/{staff}/change/"),
]


@pytest.mark.parametrize(("method", "path"), AT_THE_PORTAL)
def test_a_portal_asks_for_the_password_again(alice_portal: Portal, method: str, path: str) -> None:
    bob = alice_portal.user(roles.EDITOR)
    browser = alice_portal.client()
    browser.post("/accounts/login/", {"login": alice_portal.owner_email, "password": PASSWORD})

    answer = getattr(browser, method)(path.format(bob=bob.pk), {"email": "new@example.org", "action_add": "1"})

    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/confirm/"), answer["Location"]


@pytest.mark.parametrize(("method", "path"), ON_THE_PLATFORM)
def test_the_platform_asks_for_the_password_again(alice_portal: Portal, method: str, path: str) -> None:
    staff = User.objects.get(email=alice_portal.owner_email)
    User.objects.filter(pk=staff.pk).update(is_staff=True, is_superuser=True)
    browser = Client(HTTP_HOST="bandstand.localhost")
    browser.force_login(staff, backend=BACKEND)

    answer = getattr(browser, method)(path.format(staff=staff.pk), {"action": "suspend", "_selected_action": "1"})

    assert answer["Location"].startswith("/accounts/confirm/"), answer["Location"]
    assert Organization.objects.filter(slug="alice").exists()


def test_the_act_goes_on_where_it_was_stopped(alice_portal: Portal) -> None:
    bob = alice_portal.user(roles.EDITOR)
    browser = alice_portal.client()
    browser.post("/accounts/login/", {"login": alice_portal.owner_email, "password": PASSWORD})
    asked = browser.post(f"/backstage/team/{bob.pk}/role/", {"role": roles.MANAGER})["Location"]
    with tenant_context(alice_portal.organization):
        assert roles.role_of(bob) == roles.EDITOR

    wrong = browser.post(asked, {"password": "not-the-password"})
    assert wrong.status_code == 200
    browser.post(asked, {"password": PASSWORD})

    with tenant_context(alice_portal.organization):
        assert roles.role_of(bob) == roles.MANAGER


def test_what_waits_for_the_password_holds_no_cookie_and_no_credential(alice_portal: Portal) -> None:
    bob = alice_portal.user(roles.EDITOR)
    browser = alice_portal.client()
    browser.post("/accounts/login/", {"login": alice_portal.owner_email, "password": PASSWORD})
    secrets = {"HTTP_AUTHORIZATION": "Basic canary-one", "HTTP_X_CSRFTOKEN": "canary-two"}
    browser.cookies["other"] = "canary-three"
    asked = browser.post(f"/backstage/team/{bob.pk}/role/", {"role": roles.MANAGER}, **secrets)["Location"]

    with tenant_context(alice_portal.organization):
        kept = str(dict(browser.session.items()))
        assert f"/backstage/team/{bob.pk}/role/" in kept, "it waits"
        assert "canary" not in kept
        assert browser.session.session_key not in kept

    browser.post(asked, {"password": PASSWORD})
    with tenant_context(alice_portal.organization):
        assert roles.role_of(bob) == roles.MANAGER, "it goes on"
