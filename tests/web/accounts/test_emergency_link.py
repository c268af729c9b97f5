"""The link that an operator prints for an owner while the platform can't be reached."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from django.core import signing
from django.core.cache import caches
from django.core.management import CommandError, call_command
from django.test import Client
from django_tenants.utils import tenant_context
from pytest_django.asserts import assertContains

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.audit.models import Act, Entry
from bandstand.organizations.models import Organization
from bandstand.organizations.owners import owner_remove
from bandstand.portals.models import PortalSettings
from tests.conftest import Portal
from tests.owners import local

BOB = "bob@example.org"


def _link(portal: Portal, email: str = "") -> str:
    out = StringIO()
    call_command("owner_link", portal.organization.slug, email or portal.owner_email, stdout=out, stderr=StringIO())
    return out.getvalue().strip()


def _enter(portal: Portal, browser: Client, link: str) -> int:
    """Press the button that the link's page shows."""
    page = browser.get(local(link))
    if page.status_code != 200:
        return page.status_code
    answer = browser.post("/accounts/emergency/", {"token": page.context["token"]})
    return answer.status_code


def _is_in(browser: Client) -> bool:
    return browser.get("/backstage/").status_code == 200


def test_it_lets_the_owner_into_the_backstage(alice_portal: Portal) -> None:
    link = _link(alice_portal)
    assert link.startswith(f"http://{alice_portal.host}:8000/accounts/emergency/?token=")
    browser = alice_portal.client()

    assertContains(browser.get(local(link)), alice_portal.owner_email)
    assert not _is_in(browser)
    assert _enter(alice_portal, browser, link) == 302
    assert _is_in(browser)
    with tenant_context(alice_portal.organization):
        issued = Entry.objects.get(act=Act.EMERGENCY_LINK)
        assert (issued.origin, issued.target) == ("operator", alice_portal.owner_email)
        assert Entry.objects.filter(act=Act.LOGGED_IN, actor=alice_portal.owner_email).count() == 1
    assertContains(browser.get("/backstage/log/"), "Platform operator")


def test_it_proves_no_password(alice_portal: Portal) -> None:
    browser = alice_portal.client()
    _enter(alice_portal, browser, _link(alice_portal))

    answer = browser.post("/backstage/team/invite/", {"email": "eve@example.org", "role": roles.OWNER})

    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/")


def test_it_works_once(alice_portal: Portal) -> None:
    link = _link(alice_portal)
    assert _enter(alice_portal, alice_portal.client(), link) == 302
    late = alice_portal.client()
    token = link.partition("token=")[2]

    assert late.get(local(link)).status_code == 403
    assert late.post("/accounts/emergency/", {"token": token}).status_code == 403
    assert not _is_in(late)


def test_it_ends_after_ten_minutes(alice_portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    link = _link(alice_portal)
    made_at = signing.time.time()

    monkeypatch.setattr(signing.time, "time", lambda: made_at + 599)
    assert alice_portal.client().get(local(link)).status_code == 200
    monkeypatch.setattr(signing.time, "time", lambda: made_at + 601)
    assert alice_portal.client().get(local(link)).status_code == 403


def test_it_opens_no_other_portal(alice_portal: Portal, charlie_portal: Portal) -> None:
    assert _enter(charlie_portal, charlie_portal.client(), _link(alice_portal)) == 403


def test_a_hand_over_is_no_emergency_and_neither_the_other_way_round(alice_portal: Portal) -> None:
    link = local(_link(alice_portal))
    browser = alice_portal.client()
    browser.get("/accounts/hand-over/")

    assert browser.get(link.replace("emergency", "hand-over")).status_code == 403
    assert browser.get("/accounts/emergency/?token=x").status_code == 403


def test_an_owner_who_is_none_any_more_stays_outside(alice_portal: Portal) -> None:
    alice_portal.user(roles.OWNER, BOB)
    link = _link(alice_portal, BOB)
    owner_remove(organization=alice_portal.organization, account=User.objects.get(email=BOB))

    assert _enter(alice_portal, alice_portal.client(), link) == 403


@pytest.mark.parametrize(
    ("slug", "email", "problem"),
    [
        ("nothere", "alice@example.org", "There is no portal nothere."),
        ("alice", "nobody@example.org", "nobody@example.org isn't an owner of alice."),
        ("alice", "mina@example.org", "mina@example.org isn't an owner of alice."),
        ("alice", "charlie@example.org", "charlie@example.org isn't an owner of alice."),
    ],
)
def test_each_wrong_input_has_its_sentence(
    alice_portal: Portal, charlie_portal: Portal, slug: str, email: str, problem: str
) -> None:
    alice_portal.user(roles.MANAGER, "mina@example.org")

    with pytest.raises(CommandError, match=re.escape(problem)):
        call_command("owner_link", slug, email)
    with tenant_context(alice_portal.organization):
        assert not Entry.objects.filter(act=Act.EMERGENCY_LINK).exists()


@pytest.mark.parametrize("state", sorted(set(Organization.State) - {Organization.State.ACTIVE}))
def test_a_portal_that_cant_be_entered_gets_none(alice_portal: Portal, state: str) -> None:
    Organization.objects.filter(pk=alice_portal.organization.pk).update(state=state, cell="west")

    with pytest.raises(CommandError, match=r"can't be entered now|is in the cell west"):
        _link(alice_portal)


def test_a_locked_owner_gets_none(alice_portal: Portal) -> None:
    alice_portal.user(roles.OWNER, BOB)
    account = User.objects.get(email=BOB)
    account.is_active = False
    account.save()

    with pytest.raises(CommandError, match=r"The account of bob@example\.org is locked"):
        _link(alice_portal, BOB)


def test_the_portals_rule_for_a_second_step_holds(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        PortalSettings.objects.current()
        PortalSettings.objects.update(second_factor_roles=[roles.OWNER])

    with pytest.raises(CommandError, match="requires two-step verification"):
        _link(alice_portal)


def test_without_the_cache_there_is_no_link(alice_portal: Portal) -> None:
    client = caches["strict"]._cache
    reachable = client._servers
    client._servers = ["redis://127.0.0.1:1/0"]
    client._pools.clear()
    try:
        with pytest.raises(CommandError, match="Valkey can't be reached"):
            _link(alice_portal)
    finally:
        client._servers = reachable
        client._pools.clear()
