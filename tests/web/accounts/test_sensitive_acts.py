"""Before what can't be taken back or opens doors, whoever is logged in gives the password once more."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.organizations.models import Organization
from tests.conftest import PASSWORD, Portal
from tests.isolation.twins import fill
from tests.isolation.visiting import PLATFORM, PORTAL, addresses, path_to
from tests.owners import come_in, hand_over, local, platform
from tests.web.accounts.test_hand_over import BACKEND

DOC = Path(__file__).resolve().parents[3] / "docs" / "security.md"

AT_THE_PORTAL = [
    ("post", "/backstage/team/invite/"),
    ("post", "/backstage/team/invitations/1/resend/"),
    ("post", "/backstage/team/invitations/1/revoke/"),
    ("post", "/backstage/team/second-step/"),
    ("post", "/backstage/team/{bob}/role/"),
    ("post", "/backstage/team/{bob}/remove/"),
    ("post", "/backstage/domains/"),
    ("post", "/backstage/domains/primary/"),
    ("post", "/backstage/domains/1/remove/"),
    ("get", "/backstage/log/log.csv"),
    ("post", "/admin/bands/band/export/"),
    ("post", "/admin/gigs/gig/export/"),
]
ABOUT_ONES_LOG_IN = [
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
    ("post", "/organizations/alice/address/"),
    ("post", "/organizations/alice/transfer/"),
    ("post", "/admin/organizations/organization/"),
    ("post", "/admin/organizations/domain/add/"),
    ("post", "/admin/accounts/user/{staff}/change/"),
]


BY_STAFF = "what staff do to accounts, domains and suspensions"
# What docs/security.md lists, and the addresses of each: as their names begin.
LISTED = {
    "roles": ["backstage:team_role", "backstage:team_bands", "backstage:team_remove", "backstage:team_second_step"],
    "invitations": ["backstage:team_invite", "backstage:team_invitation_resend", "backstage:team_invitation_revoke"],
    "domains": ["backstage:domains", "backstage:domain_choose", "backstage:domain_remove"],
    "second factors": ["mfa_activate_totp", "mfa_generate_recovery_codes", "mfa_add_webauthn"],
    "sessions": ["usersessions_list", "usersession_end"],
    "copies of the portal and of the log": ["organization_export", "backstage:log_download"],
    "what the admin exports": ["admin:bands_band_export", "admin:gigs_gig_export"],
    "a portal's end": ["organization_delete"],
    "its transfer": ["organization_transfer"],
    "its address": ["organization_address"],
    BY_STAFF: [
        *(
            "admin:accounts_user_change",
            "admin:organizations_domain_add",
            "admin:organizations_organization_changelist",
        ),
    ],
}
# Addresses of team, domains, log and announcements that change nothing of who may what.
HARMLESS = {
    *("backstage:domain_check", "backstage:log_unlock", "backstage:announcement_dismiss"),
    "backstage:support_end",  # takes away what was allowed, at once
}


def test_each_act_of_the_list_asks_for_the_password_and_each_page_of_its_kind_is_on_it(alice_portal: Portal) -> None:
    twin = fill(alice_portal, "canary")
    row = next(line for line in DOC.read_text().splitlines() if line.startswith("| sensitive acts |"))
    assert [act for act in LISTED if act not in row] == []
    owner, member, staff = come_in(alice_portal), alice_portal.client(), platform()
    member.post("/accounts/login/", {"login": alice_portal.user(roles.MANAGER).email, "password": PASSWORD})
    person = User.objects.get(email=alice_portal.owner_email)
    User.objects.filter(pk=person.pk).update(is_staff=True, is_superuser=True)
    staff.force_login(person, backend=BACKEND)
    known = {urlconf: addresses(urlconf) for urlconf in (PORTAL, PLATFORM)}
    names = [name for act in LISTED.values() for name in act]

    for name in names:
        # Both admins know accounts; in a portal they are looked at alone.
        at_portal = owner if name.startswith(("backstage:", "admin:")) else member
        places = [(PLATFORM, staff)] if name in LISTED[BY_STAFF] else [(PORTAL, at_portal), (PLATFORM, staff)]
        asked = [(browser, path_to(known[each][name], twin)) for each, browser in places if name in known[each]]
        assert asked, name
        for browser, path in asked:
            answers = [getattr(browser, method)(path, {"action": "suspend"}) for method in ("post", "get")]
            there = "/accounts/hand-over/confirm/" if browser is owner else "/accounts/confirm/"
            assert any(answer.get("Location", "").startswith(there) for answer in answers), name

    writing = {
        name
        for name, address in known[PORTAL].items()
        if str(getattr(address.pattern.callback, "permission", "")).startswith(
            ("teams.", "accounts.", "portals.manage")
        )
        and owner.post(path_to(address, twin)).status_code != 405
    }
    assert len(writing) > 8
    assert writing - HARMLESS - set(names) == set()


@pytest.mark.parametrize(("method", "path"), AT_THE_PORTAL)
def test_a_portal_has_an_owner_give_the_password_again(alice_portal: Portal, method: str, path: str) -> None:
    bob = alice_portal.user(roles.EDITOR)
    browser = come_in(alice_portal)

    answer = getattr(browser, method)(path.format(bob=bob.pk), {"email": "new@example.org"})

    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/hand-over/confirm/"), answer["Location"]


@pytest.mark.parametrize(("method", "path"), ABOUT_ONES_LOG_IN)
def test_a_portal_asks_for_the_password_again(alice_portal: Portal, method: str, path: str) -> None:
    browser = alice_portal.client()
    email = alice_portal.user(roles.MANAGER).email
    browser.post("/accounts/login/", {"login": email, "password": PASSWORD})

    answer = getattr(browser, method)(path, {"email": "new@example.org", "action_add": "1"})

    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/confirm/"), answer["Location"]


@pytest.mark.parametrize(("method", "path"), ABOUT_ONES_LOG_IN)
def test_a_portal_leads_owners_to_the_platform_for_how_they_log_in(
    alice_portal: Portal, method: str, path: str
) -> None:
    browser = alice_portal.client_of(roles.OWNER)

    answer = getattr(browser, method)(path, {"email": "new@example.org", "action_add": "1"})

    there = path.replace("1/end/", "")
    assert answer["Location"] == f"http://bandstand.localhost:8000{there}"


def prove(portal: Portal, browser: Client, at_platform: Client, asked: str) -> str:
    """Go by the platform, which asks for the password, and return where the portal goes on."""
    there = browser.get(asked).context["there"]
    issue = local(browser.get(there)["Location"])
    confirm = at_platform.get(issue)["Location"]
    assert confirm.startswith("/accounts/confirm/"), confirm
    assert at_platform.post(confirm, {"password": "not-the-password"}).status_code == 200
    cache.clear()
    issued = at_platform.post(confirm, {"password": PASSWORD})["Location"]
    if issued.startswith("/organizations/"):
        issued = at_platform.get(issued)["Location"]
    return str(browser.get(local(issued))["Location"])


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
    browser, at_platform = alice_portal.client(), platform()
    hand_over(alice_portal, browser, at_platform, alice_portal.owner_email, PASSWORD)
    asked = browser.post(f"/backstage/team/{bob.pk}/role/", {"role": roles.MANAGER})["Location"]
    with tenant_context(alice_portal.organization):
        assert roles.role_of(bob) == roles.EDITOR

    browser.get(prove(alice_portal, browser, at_platform, asked))

    with tenant_context(alice_portal.organization):
        assert roles.role_of(bob) == roles.MANAGER


def test_what_waits_for_the_password_holds_no_cookie_and_no_credential(alice_portal: Portal) -> None:
    bob = alice_portal.user(roles.EDITOR)
    browser, at_platform = alice_portal.client(), platform()
    hand_over(alice_portal, browser, at_platform, alice_portal.owner_email, PASSWORD)
    secrets = {"HTTP_AUTHORIZATION": "Basic canary-one", "HTTP_X_CSRFTOKEN": "canary-two"}
    browser.cookies["other"] = "canary-three"
    asked = browser.post(f"/backstage/team/{bob.pk}/role/", {"role": roles.MANAGER}, **secrets)["Location"]

    with tenant_context(alice_portal.organization):
        kept = str(dict(browser.session.items()))
        assert f"/backstage/team/{bob.pk}/role/" in kept, "it waits"
        assert "canary" not in kept
        assert browser.session.session_key not in kept

    browser.get(prove(alice_portal, browser, at_platform, asked))
    with tenant_context(alice_portal.organization):
        assert roles.role_of(bob) == roles.MANAGER, "it goes on"
