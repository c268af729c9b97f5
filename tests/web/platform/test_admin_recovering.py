"""Staff recover the account of an owner who lost email address and second step."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client
from django_tenants.utils import tenant_context
from pytest_django.asserts import assertContains

from bandstand.accounts.models import User
from bandstand.audit.models import Act, Entry
from bandstand.mail.models import OutgoingMessage
from tests.conftest import PASSWORD, Portal
from tests.mailbox import link_in, newest_mail_to
from tests.owners import come_in, local, platform
from tests.web.shell.test_platform_site import staff_client

LIST = "/admin/accounts/user/"
ALICE, NEW = "alice@example.org", "alice.new@example.net"
REASON = "Passport seen in a video call"


def _account(email: str = ALICE) -> User:
    connection.set_schema_to_public()
    return User.objects.get(email=email)


def _recover(browser: Client, account: User, **values: str) -> Any:
    sent = {"action": "recover", "_selected_action": [account.pk], "confirmed": "1", "email": NEW, "reason": REASON}
    return browser.post(LIST, {**sent, **values})


@pytest.fixture
def staff(db: None, platform_client: Client) -> Client:
    """A browser of somebody of the staff who may change accounts, and is no superuser."""
    return staff_client(platform_client, "change_user", "view_user")


def test_it_asks_first(staff: Client, alice_portal: Portal) -> None:
    asked = staff.post(LIST, {"action": "recover", "_selected_action": [_account().pk]})

    assertContains(asked, "Recover this account?")
    assert _account().has_usable_password()


def test_everything_that_opened_the_account_ends(staff: Client, alice_portal: Portal) -> None:
    at_portal = come_in(alice_portal)
    at_platform = platform()
    at_platform.force_login(_account(), backend="allauth.account.auth_backends.AuthenticationBackend")
    Authenticator.objects.create(user=_account(), type="totp", data={})

    assert _recover(staff, _account()).status_code == 302

    account = _account(NEW)
    assert not account.has_usable_password()
    assert not Authenticator.objects.filter(user=account).exists()
    assert list(EmailAddress.objects.filter(user=account).values_list("email", "verified")) == [(NEW, True)]
    assert at_platform.get("/organizations/").status_code == 302
    assert at_portal.get("/backstage/").status_code == 302


def test_the_link_goes_to_the_new_address_and_the_former_one_is_told(staff: Client, alice_portal: Portal) -> None:
    _recover(staff, _account())
    assert "another email address" in newest_mail_to(ALICE).text
    assert "/password/reset/" not in newest_mail_to(ALICE).text
    link = link_in(newest_mail_to(NEW))
    assert urlsplit(link).netloc == "bandstand.localhost:8000"

    browser = platform()
    form = browser.get(local(link)).headers["Location"]
    secret = "corned otter under a lamp"
    assert browser.post(form, {"password1": secret, "password2": secret}).status_code == 302
    come_in(alice_portal, NEW, secret)


def test_the_address_may_stay(staff: Client, alice_portal: Portal) -> None:
    _recover(staff, _account(), email=ALICE.upper())

    assert not _account().has_usable_password()
    assert [mail.recipients for mail in OutgoingMessage.objects.filter(recipients__contains=[ALICE])][-1:] == [[ALICE]]
    assert "/password/reset/" in newest_mail_to(ALICE).text


def test_it_is_in_both_logs_and_the_portals_names_no_staff(staff: Client, alice_portal: Portal) -> None:
    _recover(staff, _account())

    here = Entry.objects.get(act=Act.ACCOUNT_RECOVERED)
    assert (here.actor, here.target, here.detail) == ("staff@example.org", NEW, f"{ALICE}: {REASON}")
    with tenant_context(alice_portal.organization):
        there = Entry.objects.get(act=Act.ACCOUNT_RECOVERED)
    assert (there.origin, there.actor, there.detail) == ("staff", "", f"{ALICE}: {REASON}")


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"reason": " "}, "required"),
        ({"email": "charlie@example.org"}, "An account with this address already exists."),
        ({"email": "nothing"}, "valid email address"),
    ],
)
def test_wrong_input_changes_nothing(
    staff: Client, alice_portal: Portal, charlie_portal: Portal, values: dict[str, str], problem: str
) -> None:
    assertContains(_recover(staff, _account(), **values), problem)

    assert _account().has_usable_password()
    assert not Entry.objects.filter(act=Act.ACCOUNT_RECOVERED).exists()


@pytest.mark.parametrize("rights", [{"is_staff": True}, {"is_superuser": True}, {"is_active": False}])
def test_accounts_of_staff_and_locked_ones_are_refused(
    staff: Client, alice_portal: Portal, rights: dict[str, bool]
) -> None:
    User.objects.filter(email=ALICE).update(**rights)

    _recover(staff, _account())

    assert _account().has_usable_password()


def test_one_at_a_time(staff: Client, alice_portal: Portal, charlie_portal: Portal) -> None:
    both = [_account().pk, _account("charlie@example.org").pk]

    sent = {"action": "recover", "_selected_action": both, "confirmed": "1", "email": NEW, "reason": REASON}
    answer = staff.post(LIST, sent, follow=True)

    assertContains(answer, "Recover one account at a time.")
    assert _account().has_usable_password()


def test_who_may_only_look_recovers_nothing(platform_client: Client, alice_portal: Portal) -> None:
    _recover(staff_client(platform_client, "view_user"), _account())

    assert _account().has_usable_password()


def test_it_asks_for_the_password(alice_portal: Portal) -> None:
    root = User.objects.create_superuser("root@example.org", PASSWORD)
    browser = platform()
    browser.force_login(root, backend="allauth.account.auth_backends.AuthenticationBackend")  # no password given lately

    answer = _recover(browser, _account())

    assert answer.headers["Location"].startswith("/accounts/confirm/")
    assert _account().has_usable_password()
