"""Whatever lets somebody in at one portal is worthless at another, and on the platform.

The worst case is taken on purpose: accounts that are equal in id, address, password hash and last log-in.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.test import Client
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.teams.invitations import invitation_create
from tests.conftest import PASSWORD, Portal
from tests.isolation.twins import fill
from tests.mailbox import link_in, newest_mail_to

ALICE = "alice@example.org"
MINA = "manager@alice.bandstand.localhost"  # on Alice's team, with an account of the portal's own


@pytest.fixture
def twins(alice_portal: Portal, charlie_portal: Portal, platform_client: Client) -> list[Client]:
    """Browsers at another portal and at the platform, where an account equals Mina's in every column."""
    with tenant_context(alice_portal.organization):
        account = User.objects.create(pk=4711, email=MINA, password=make_password(PASSWORD), name="Mina")
        account.emailaddress_set.create(email=MINA, verified=True, primary=True)
        roles.assign(account, roles.MANAGER)
    for portal in (None, charlie_portal):
        if portal is None:
            _make_equal(account)
        else:
            with tenant_context(portal.organization):
                _make_equal(account)
    return [charlie_portal.client(), platform_client]


def _make_equal(account: User) -> None:
    User.objects.filter(email=account.email).exclude(pk=account.pk).update(email="moved@example.org")
    same = {name: getattr(account, name) for name in ("email", "password", "name", "last_login")}
    twin, _created = User.objects.update_or_create(pk=account.pk, defaults=same)
    twin.emailaddress_set.all().delete()
    EmailAddress.objects.filter(email=twin.email).delete()
    twin.emailaddress_set.create(email=twin.email, verified=True, primary=True)


def test_a_session(alice_portal: Portal, twins: list[Client]) -> None:
    cookie = alice_portal.client_of(roles.MANAGER).cookies[settings.SESSION_COOKIE_NAME].value
    own = alice_portal.client()
    own.cookies[settings.SESSION_COOKIE_NAME] = cookie
    assert own.get("/accounts/profile/").status_code == 200

    for elsewhere in twins:
        elsewhere.cookies[settings.SESSION_COOKIE_NAME] = cookie
        assert elsewhere.get("/accounts/profile/").headers["Location"].startswith("/accounts/login/")


def test_a_session_of_the_platform(alice_portal: Portal, platform_client: Client) -> None:
    platform_client.force_login(
        User.objects.get(email=ALICE), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    portal = alice_portal.client()
    portal.cookies[settings.SESSION_COOKIE_NAME] = platform_client.cookies[settings.SESSION_COOKIE_NAME].value

    assert portal.get("/accounts/profile/").headers["Location"].startswith("/accounts/login/")


def test_a_password_reset_link(alice_portal: Portal, twins: list[Client]) -> None:
    alice_portal.client().post("/accounts/password/reset/", {"email": MINA})
    with tenant_context(alice_portal.organization):
        path = urlsplit(link_in(newest_mail_to(MINA))).path
    assert alice_portal.client().get(path).status_code == 302

    for elsewhere in twins:
        answer = elsewhere.get(path)
        assert answer.status_code == 200
        assert "This link has expired" in answer.content.decode()


def test_an_invitation(alice_portal: Portal, charlie_portal: Portal, platform_client: Client) -> None:
    tokens: list[str] = []
    with tenant_context(alice_portal.organization):
        invitation_create(
            email="dora@example.org",
            role=roles.OWNER,
            invited_by=alice_portal.user(),
            address=lambda token: tokens.append(token) or "https://x.example/",  # type: ignore[func-returns-value]
        )
    path = f"/accounts/join/{tokens[0]}/"

    assert charlie_portal.client().get(path).status_code == 410
    assert charlie_portal.client().post(path, {"name": "D", "password": PASSWORD}).status_code == 410
    assert platform_client.get(path).status_code == 404
    with tenant_context(charlie_portal.organization):
        assert not User.objects.filter(email="dora@example.org").exists()
    assert alice_portal.client().get(path).status_code == 200


def test_an_offer_of_a_portal(alice_portal: Portal, charlie_portal: Portal, platform_client: Client) -> None:
    path = f"/transfers/{fill(alice_portal, 'canaryalice').transfer}/"
    fill(charlie_portal, "canarycharlie")

    assert charlie_portal.client().get(path).status_code == 404
    assert "canarycharlie" not in platform_client.get(path).content.decode()
    charlie = Client(HTTP_HOST="bandstand.localhost")
    charlie.force_login(
        User.objects.get(email="charlie@example.org"), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    assert (charlie.get(path).status_code, charlie.post(path, {"accept": ""}).status_code) == (403, 403)
    assert [owner.email for owner in charlie_portal.organization.owners.all()] == ["charlie@example.org"]
    assert [owner.email for owner in alice_portal.organization.owners.all()] == [ALICE]


def test_a_code_for_a_new_address(alice_portal: Portal, twins: list[Client]) -> None:
    browser = alice_portal.client_of(roles.MANAGER)
    asked = browser.post("/accounts/email/", {"email": "new@example.org", "action_add": "1"}).headers["Location"]
    browser.post(asked, {"password": PASSWORD})
    cookie = browser.cookies[settings.SESSION_COOKIE_NAME].value

    for elsewhere in twins:
        elsewhere.cookies[settings.SESSION_COOKIE_NAME] = cookie
        assert elsewhere.get("/accounts/email/code/").headers["Location"] == "/accounts/login/"


def test_a_hand_over(alice_portal: Portal, twins: list[Client], charlie_portal: Portal) -> None:
    owner = User.objects.get(email=ALICE)
    alice_portal.organization.owners.add(owner)
    platform = Client(HTTP_HOST="bandstand.localhost")
    platform.force_login(owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    portal = alice_portal.client()
    begun = urlsplit(portal.get("/accounts/hand-over/").headers["Location"])
    token = urlsplit(platform.get(f"{begun.path}?{begun.query}").headers["Location"])

    for elsewhere in twins:
        elsewhere.cookies["hand-over"] = portal.cookies["hand-over"].value
        assert elsewhere.get(f"{token.path}?{token.query}").status_code in {403, 404}
        assert elsewhere.get("/accounts/profile/").status_code == 302
    assert portal.get(f"{token.path}?{token.query}").headers["Location"] == "/backstage/"
