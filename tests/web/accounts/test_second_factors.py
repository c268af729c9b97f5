"""Second factors and sessions, as people use them in a portal."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from django_tenants.utils import tenant_context
from pytest_django.asserts import assertContains

from bandstand.accounts import roles
from bandstand.accounts.second_factors import SecondFactorAdapter
from bandstand.audit.models import Act, Entry
from bandstand.encryption.keys import LostKeyError
from bandstand.portals.models import PortalSettings
from bandstand.tenancy.resolution import resolver
from tests.authenticator_app import code_for
from tests.conftest import PASSWORD, Portal
from tests.mailbox import newest_mail_to

FACTOR = "/accounts/second-factor/"


def log_in(portal: Portal) -> tuple[Client, Any]:
    """Log somebody of the team in who is no owner: owners do that at the platform."""
    browser = portal.client()
    email = portal.user(roles.MANAGER).email
    return browser, browser.post("/accounts/login/", {"login": email, "password": PASSWORD})


def enrol(portal: Portal) -> str:
    """Give that member an authenticator app; return its secret."""
    browser, _answer = log_in(portal)
    browser.post("/accounts/confirm/", {"password": PASSWORD})
    page = browser.get(f"{FACTOR}totp/activate/").content.decode()
    found = re.search(r'value="([A-Z2-7]{32})"', page)
    assert found
    secret = found[1]
    assert browser.post(f"{FACTOR}totp/activate/", {"code": code_for(secret)}).status_code == 302
    cache.clear()  # a code counts once; half a minute later there is another
    return secret


def is_in(browser: Client) -> bool:
    return bool(browser.get("/backstage/").status_code == 200)


def test_who_has_a_second_factor_needs_it(alice_portal: Portal) -> None:
    secret = enrol(alice_portal)

    browser, answer = log_in(alice_portal)
    assert answer["Location"].startswith(f"{FACTOR}authenticate/")
    assert not is_in(browser)
    assert browser.post(f"{FACTOR}authenticate/", {"code": "000000"}).status_code == 200
    assert not is_in(browser)
    browser.post(f"{FACTOR}authenticate/", {"code": code_for(secret)})

    assert is_in(browser)


def test_a_code_counts_once(alice_portal: Portal) -> None:
    secret = enrol(alice_portal)
    first, _answer = log_in(alice_portal)
    second, _answer = log_in(alice_portal)
    code = code_for(secret)

    first.post(f"{FACTOR}authenticate/", {"code": code})
    second.post(f"{FACTOR}authenticate/", {"code": code})

    assert is_in(first)
    assert not is_in(second)


def test_a_recovery_code_opens_once(alice_portal: Portal) -> None:
    enrol(alice_portal)
    with tenant_context(alice_portal.organization):
        code = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0]
    first, _answer = log_in(alice_portal)
    second, _answer = log_in(alice_portal)

    first.post(f"{FACTOR}authenticate/", {"code": code})
    second.post(f"{FACTOR}authenticate/", {"code": code})

    assert is_in(first)
    assert not is_in(second)


def test_a_second_factor_holds_at_its_own_portal(alice_portal: Portal, charlie_portal: Portal) -> None:
    enrol(alice_portal)

    browser, _answer = log_in(charlie_portal)

    assert is_in(browser)


def test_the_admin_waits_for_the_second_factor_too(alice_portal: Portal) -> None:
    enrol(alice_portal)
    browser, _answer = log_in(alice_portal)

    assert browser.get("/admin/").status_code == 302


def test_secrets_are_unreadable_in_the_table_and_outlive_a_new_key(alice_portal: Portal, settings: Any) -> None:
    secret = enrol(alice_portal)
    with tenant_context(alice_portal.organization):
        stored = str(Authenticator.objects.get(type="totp").data["secret"])
    assert secret not in stored
    old = settings.SECRET_KEY

    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another key" * 6, [old]
    assert SecondFactorAdapter().decrypt(stored) == secret

    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(LostKeyError):
        SecondFactorAdapter().decrypt(stored)


def test_a_secret_that_no_key_reads_ends_in_a_page_with_ways_out(alice_portal: Portal, settings: Any) -> None:
    secret = enrol(alice_portal)
    settings.SECRET_KEY, settings.SUPPORT_CONTACT = "another key" * 6, "mailto:help@example.org"
    browser, answer = log_in(alice_portal)
    assert answer["Location"].startswith(f"{FACTOR}authenticate/")

    page = browser.post(f"{FACTOR}authenticate/", {"code": code_for(secret)})

    assertContains(page, "security key", status_code=503)
    assertContains(page, "help@example.org", status_code=503)
    assert not is_in(browser)


def test_an_operator_removes_one_accounts_second_step(alice_portal: Portal, charlie_portal: Portal) -> None:
    enrol(alice_portal)
    enrol(charlie_portal)
    email = alice_portal.user(roles.MANAGER).email

    for wrong, said in [
        ((email,), "no account"),
        ((alice_portal.owner_email, "--organization", "alice"), "leave out --organization"),
        ((email, "--organization", "nothing"), "no portal"),
        ((alice_portal.owner_email,), "no two-step"),
    ]:
        with pytest.raises(CommandError, match=said):
            call_command("remove_two_step", *wrong)
    call_command("remove_two_step", email.upper(), "--organization", "alice")

    browser, _answer = log_in(alice_portal)
    assert is_in(browser)
    with tenant_context(alice_portal.organization):
        assert not Authenticator.objects.exists()
        assert "removed two-step verification" in newest_mail_to(email).text
        assert Entry.objects.filter(act=Act.FACTOR_REMOVED, origin="operator", target=email).count() == 1
    with tenant_context(charlie_portal.organization):
        assert Authenticator.objects.count() == 2


def test_somebody_ends_all_sessions_but_this_one(alice_portal: Portal) -> None:
    here, _answer = log_in(alice_portal)
    elsewhere, _answer = log_in(alice_portal)
    assert is_in(elsewhere)
    assert here.get("/accounts/sessions/").content.decode().count("<dt>") == 2
    assert here.post("/accounts/sessions/")["Location"].startswith("/accounts/confirm/")

    here.post("/accounts/confirm/", {"password": PASSWORD})
    here.post("/accounts/sessions/")

    assert is_in(here)
    assert not is_in(elsewhere)


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox, Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) Version/19.1 Mobile/15E148 Safari/604.1",
            "Mobile Safari, iOS",
        ),
        ("<b>nothing</b>", "An unknown browser"),
        ("", "An unknown browser"),
    ],
)
def test_the_list_names_browsers_as_people_do(alice_portal: Portal, header: str, name: str) -> None:
    browser = alice_portal.client()
    browser.defaults["HTTP_USER_AGENT"] = header
    email = alice_portal.user(roles.MANAGER).email
    browser.post("/accounts/login/", {"login": email, "password": PASSWORD})

    assert f"<p><bdi>{name}</bdi></p>" in browser.get("/accounts/sessions/").content.decode()


def test_somebody_ends_one_session_and_nobody_ends_another_persons(alice_portal: Portal) -> None:
    here, _answer = log_in(alice_portal)
    stolen, _answer = log_in(alice_portal)
    kept, _answer = log_in(alice_portal)
    with tenant_context(alice_portal.organization):
        number = UserSession.objects.get(session_key=stolen.cookies["sessionid"].value).pk
    end = f"/accounts/sessions/{number}/end/"
    assert alice_portal.client_of(roles.EDITOR).post(end).status_code == 404

    here.post("/accounts/confirm/", {"password": PASSWORD})
    assert end in here.get("/accounts/sessions/").content.decode()
    here.post(end)

    assert (is_in(here), is_in(stolen), is_in(kept)) == (True, False, True)


def test_proving_oneself_again_changes_the_key_and_the_list_follows(alice_portal: Portal) -> None:
    browser, _answer = log_in(alice_portal)
    former = browser.cookies["sessionid"].value

    browser.post("/accounts/confirm/", {"password": PASSWORD})

    assert browser.cookies["sessionid"].value != former
    assert is_in(browser)
    thief = alice_portal.client()
    thief.cookies["sessionid"] = former
    assert not is_in(thief)
    page = browser.get("/accounts/sessions/").content.decode()
    assert page.count("<dt>") == page.count("is-good") == 1


def test_a_new_factor_ends_all_other_sessions(alice_portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transaction, "on_commit", lambda act, **_options: act())  # a test's transaction never commits
    elsewhere, _answer = log_in(alice_portal)

    enrol(alice_portal)

    assert not is_in(elsewhere)


def demand(portal: Portal, *demanded: str) -> None:
    """Let the owner say of whom a second step is demanded."""
    portal.client_of(roles.OWNER).post("/backstage/team/second-step/", {"roles": demanded})
    resolver.forget()  # as the commit announces


@pytest.mark.parametrize("page", ["/backstage/", "/admin/", "/backstage/team/"])
def test_a_role_of_which_a_second_step_is_demanded_gets_no_further_without(alice_portal: Portal, page: str) -> None:
    demand(alice_portal, roles.MANAGER)

    answer = alice_portal.client_of(roles.MANAGER).get(page, follow=True)

    assert answer.redirect_chain[-1][0] == FACTOR
    assert "Your team requires two-step verification" in answer.content.decode()


def test_setting_one_up_opens_the_way_and_other_roles_go_on_as_before(alice_portal: Portal) -> None:
    browser, _answer = log_in(alice_portal)
    demand(alice_portal, roles.OWNER, roles.MANAGER)
    assert not is_in(browser)
    assert is_in(alice_portal.client_of(roles.EDITOR))
    assert not is_in(alice_portal.client_of(roles.MANAGER))

    secret = enrol(alice_portal)
    browser, _answer = log_in(alice_portal)
    browser.post(f"{FACTOR}authenticate/", {"code": code_for(secret)})

    assert is_in(browser)


def test_the_rule_of_one_portal_binds_no_other_and_is_written_down(
    alice_portal: Portal, charlie_portal: Portal
) -> None:
    demand(alice_portal, *roles.ROLES)

    assert is_in(charlie_portal.client_of(roles.OWNER))
    with tenant_context(alice_portal.organization):
        assert Entry.objects.get(act=Act.FACTORS_DEMANDED).detail == "owner, manager, editor, member, guest"


@pytest.mark.parametrize(
    ("sent", "stored"),
    [("emperor", []), ("owner\x00emperor", []), ("owner\x00", [roles.OWNER])],  # control characters are cleaned away
)
def test_a_role_that_does_not_exist_is_refused(alice_portal: Portal, sent: str, stored: list[str]) -> None:
    demand(alice_portal, sent)

    with tenant_context(alice_portal.organization):
        assert PortalSettings.objects.current().second_factor_roles == stored


def test_the_platforms_staff_needs_one_where_the_operator_says_so(admin_client: Client, settings: Any) -> None:
    admin_client.defaults["HTTP_HOST"] = "bandstand.localhost"
    assert admin_client.get("/admin/").status_code == 200

    settings.STAFF_SECOND_FACTOR = True

    assert admin_client.get("/admin/", follow=True).redirect_chain[-1][0] == FACTOR
