"""A portal goes from Alice to Dora, by a link in an email; Bob owns it as well, Charlie another one."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client
from django.utils import timezone, translation
from django_tenants.utils import tenant_context
from pytest_django.asserts import assertContains, assertNotContains
from pytest_django.fixtures import Settings

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.audit.models import Entry
from bandstand.backups.owning import public_rows
from bandstand.bands.models import Band
from bandstand.jobs.models import Job
from bandstand.organizations.models import Organization
from bandstand.organizations.owners import owner_account_create, owner_add, owner_remove
from bandstand.organizations.transfers import Transfer
from bandstand.portals.deletion import organization_delete
from bandstand.portals.second_factors import second_factor_demand
from bandstand.teams.job_kinds import CARRY_OWNERS
from bandstand.teams.suspending import organization_activate, organization_suspend
from bandstand.teams.transferring import transfers_forget
from tests.conftest import PASSWORD, Browser, Portal, hashed_password
from tests.mailbox import link_in, newest_mail_to

ALICE, BOB, DORA = "alice@example.org", "bob@example.org", "dora@example.org"
OFFER = "/organizations/alice/transfer/"
NEW_ACCOUNT = {"name": "Dora", "password": "a-portal-of-my-own-at-last"}


def at_platform(email: str) -> Client:
    browser = Browser(HTTP_HOST="bandstand.localhost")
    browser.force_login(User.objects.get(email=email), backend="allauth.account.auth_backends.AuthenticationBackend")
    return browser


@pytest.fixture
def dora(db: None) -> User:
    """Dora's account at the platform, without a portal."""
    return owner_account_create(email=DORA, name="Dora", password_hash=hashed_password())


def offered(email: str = DORA, **data: str) -> str:
    """Have Alice offer her portal, and return the path of the link that was mailed."""
    answer = at_platform(ALICE).post(OFFER, {"email": email, **data})
    assert answer.headers.get("Location") == OFFER, answer.content.decode()
    link = link_in(newest_mail_to(email.lower()))
    assert link.startswith("http://bandstand.localhost:8000/transfers/")
    return urlsplit(link).path


def owners() -> set[str]:
    return set(Organization.objects.get(slug="alice").owners.values_list("email", flat=True))


def role_at(portal: Portal, email: str) -> str | None:
    with tenant_context(portal.organization):
        member = User.objects.filter(email=email, is_active=True).first()
        return roles.role_of(member) if member else None


def acts(portal: Portal) -> list[tuple[str, str]]:
    found = list(Entry.objects.filter(act__startswith="transfer").order_by("pk").values_list("act", "detail"))
    with tenant_context(portal.organization):
        there = list(Entry.objects.filter(act__startswith="transfer").order_by("pk").values_list("act", "detail"))
    assert found == there, "platform and portal remember the same"
    return there


def test_it_shows_what_is_given_and_accepting_changes_the_owner_on_both_sides(
    alice_portal: Portal, charlie_portal: Portal, dora: User
) -> None:
    alice_portal.user(roles.OWNER, BOB)
    connection.set_schema_to_public()
    with tenant_context(alice_portal.organization):
        Band.objects.create(name="The Givens")
    path = offered("DORA@example.org")
    browser = at_platform(DORA)

    page = browser.get(path)
    for word in ("Alice&#x27;s Agency", "alice.bandstand.localhost", "<dd>1</dd>", ALICE, DORA):
        assertContains(page, word)
    assertNotContains(page, "Charlie")
    assert page.headers["Referrer-Policy"] == "same-origin"
    answer = browser.post(path, {"accept": ""}, follow=True)

    assertContains(answer, "Alice&#x27;s Agency is yours now.")
    assert owners() == {DORA, BOB}
    assert (role_at(alice_portal, DORA), role_at(alice_portal, ALICE)) == (roles.OWNER, None)
    assert role_at(alice_portal, BOB) == roles.OWNER
    assert browser.get("/organizations/alice/").status_code == 200
    assert at_platform(ALICE).get("/organizations/alice/").status_code == 404
    assert acts(alice_portal) == [("transfer_offered", DORA), ("transferred", f"{ALICE} → {DORA}")]
    assert newest_mail_to(DORA).subject == "You now own Alice's Agency"
    for owner in (ALICE, BOB):
        assert newest_mail_to(owner).subject == "Alice's Agency has a new owner"
        assert DORA in newest_mail_to(owner).text
    assert Organization.objects.get(slug="charlie").owners.get().email == "charlie@example.org"


def test_every_owner_hears_of_an_offer_and_may_withdraw_it(alice_portal: Portal, dora: User) -> None:
    alice_portal.user(roles.OWNER, BOB)
    connection.set_schema_to_public()
    path = offered()

    for owner in (ALICE, BOB):
        assert newest_mail_to(owner).subject == "Alice's Agency has been offered to another person"
        assertContains(at_platform(owner).get(OFFER), DORA)
    answer = at_platform(BOB).post(f"{OFFER}withdraw/", follow=True)

    assertContains(answer, "has been withdrawn")
    assertContains(at_platform(DORA).get(path), "has expired", status_code=410)
    assertContains(at_platform(DORA).post(path, {"accept": ""}), "has expired", status_code=410)
    assert owners() == {ALICE, BOB}
    assert acts(alice_portal)[-1] == ("transfer_withdrawn", DORA)
    assertContains(at_platform(BOB).post(f"{OFFER}withdraw/", follow=True), "There is no open transfer.")


def test_the_giver_may_stay_as_a_manager(alice_portal: Portal, dora: User) -> None:
    at_platform(DORA).post(offered(giver_stays="on"), {"accept": ""})

    assert owners() == {DORA}
    assert role_at(alice_portal, ALICE) == roles.MANAGER
    with tenant_context(alice_portal.organization):
        assert not User.objects.get(email=ALICE).has_usable_password()


def test_an_address_without_an_account_gets_one_by_the_link(
    alice_portal: Portal, platform_client: Client, settings: Settings
) -> None:
    settings.PORTALS_PER_OWNER = 1
    path = offered()

    assertContains(platform_client.get(path), "To accept, create your account")
    weak = platform_client.post(path, {"accept": "", "name": "Dora", "password": "dora"})
    assert (weak.status_code, owners()) == (422, {ALICE})
    answer = platform_client.post(path, {"accept": "", **NEW_ACCOUNT})

    assert answer.headers["Location"] == "/organizations/"
    assertContains(platform_client.get("/organizations/"), "Alice&#x27;s Agency")
    assert owners() == {DORA}
    assert User.objects.get(email=DORA).check_password(NEW_ACCOUNT["password"])


def test_who_has_an_account_logs_in_and_comes_back(alice_portal: Portal, dora: User, platform_client: Client) -> None:
    path = offered()

    answer = platform_client.get(path)
    assert urlsplit(answer.headers["Location"]).path == "/accounts/login/"
    answer = platform_client.post(answer.headers["Location"], {"login": DORA, "password": PASSWORD, "next": path})

    assert answer.headers["Location"] == path
    assertContains(platform_client.get(path), "Accept")


def test_declining_changes_nothing_and_tells_the_giver(alice_portal: Portal, platform_client: Client) -> None:
    path = offered()

    assertContains(platform_client.post(path, {"decline": ""}), "You have declined")

    assert owners() == {ALICE}
    assert newest_mail_to(ALICE).subject == "Alice's Agency stays yours"
    assert acts(alice_portal)[-1] == ("transfer_declined", DORA)
    assert platform_client.get(path).status_code == 410


@pytest.mark.parametrize("accepting", [{"accept": ""}, {"accept": "", **NEW_ACCOUNT}, {"decline": ""}])
def test_another_account_can_neither_accept_nor_decline(
    alice_portal: Portal, charlie_portal: Portal, accepting: dict[str, str]
) -> None:
    path = offered()
    charlie = at_platform("charlie@example.org")

    assertContains(charlie.get(path), "for another account", status_code=403)
    answer = charlie.post(path, accepting)

    assertContains(answer, "for another account", status_code=403)
    assertNotContains(answer, DORA, status_code=403)
    assert (owners(), Transfer.objects.count()) == ({ALICE}, 1)


def test_an_address_that_the_account_didn_t_prove_isn_t_enough(alice_portal: Portal, dora: User) -> None:
    path = offered()
    dora.emailaddress_set.update(verified=False)

    assert at_platform(DORA).post(path, {"accept": ""}).status_code == 403
    assert owners() == {ALICE}


@pytest.mark.parametrize("change", [lambda token: token[:-1], lambda token: f"x{token}", lambda _token: "none"])
def test_a_tampered_link_was_never_one(alice_portal: Portal, dora: User, change: Callable[[str], str]) -> None:
    token = offered().split("/")[2]

    assertContains(at_platform(DORA).get(f"/transfers/{change(token)}/"), "complete", status_code=404)


def test_it_can_be_accepted_once(alice_portal: Portal, dora: User) -> None:
    path = offered()
    browser = at_platform(DORA)
    browser.post(path, {"accept": ""})
    owner_add(organization=alice_portal.organization, account=User.objects.get(email=ALICE))

    assert browser.post(path, {"accept": ""}).status_code == 410
    assert owners() == {ALICE, DORA}


def expire() -> None:
    Transfer.objects.update(expires_at=timezone.now())


def suspend_and_reopen() -> None:
    organization = Organization.objects.get(slug="alice")
    organization_suspend(organization=organization, reason="Unpaid")
    organization_activate(organization=organization)


def suspend() -> None:
    Organization.objects.filter(slug="alice").update(state=Organization.State.SUSPENDED)


def delete() -> None:
    organization_delete(organization=Organization.objects.get(slug="alice"), by=User.objects.get(email=ALICE))


def lose_and_regain() -> None:
    organization, alice = Organization.objects.get(slug="alice"), User.objects.get(email=ALICE)
    owner_add(organization=organization, account=User.objects.get(email="charlie@example.org"))
    owner_remove(organization=organization, account=alice)
    owner_add(organization=organization, account=alice)


def lose_by_the_reverse() -> None:
    organization, alice = Organization.objects.get(slug="alice"), User.objects.get(email=ALICE)
    owner_add(organization=organization, account=User.objects.get(email="charlie@example.org"))
    alice.organizations.clear()


def lock_the_giver() -> None:
    alice = User.objects.get(email=ALICE)
    alice.is_active = False
    alice.save()


@pytest.mark.parametrize(
    "happens", [expire, suspend_and_reopen, suspend, delete, lose_and_regain, lose_by_the_reverse, lock_the_giver]
)
def test_a_link_ends_with_its_week_its_portal_and_its_givers_right(
    alice_portal: Portal, charlie_portal: Portal, dora: User, happens: Callable[[], None]
) -> None:
    path = offered()
    happens()
    before = owners()

    assert at_platform(DORA).get(path).status_code == 410
    assert at_platform(DORA).post(path, {"accept": ""}).status_code == 410
    assert owners() == before


def test_a_limit_of_portals_is_said_and_nothing_is_lost(alice_portal: Portal, dora: User, settings: Settings) -> None:
    settings.PORTALS_PER_OWNER = 1
    browser = at_platform(DORA)
    browser.post("/organizations/new/", {"name": "Dora's own", "slug": "doras-own"})
    path = offered()

    answer = browser.post(path, {"accept": ""})

    assertContains(answer, "You have 1 portals, and one owner can have 1.", status_code=422)
    assert owners() == {ALICE}
    settings.PORTALS_PER_OWNER = 2
    assert browser.post(path, {"accept": ""}).status_code == 302
    assert owners() == {DORA}


def test_one_offer_at_a_time_and_an_expired_one_gives_way(alice_portal: Portal, dora: User) -> None:
    offered()
    second = at_platform(ALICE).post(OFFER, {"email": "emil@example.org"}, follow=True)
    assertContains(second, "There is an open transfer already")
    assert Transfer.objects.get().email == DORA
    expire()

    offered("emil@example.org")

    assert Transfer.objects.get().email == "emil@example.org"


@pytest.mark.parametrize("email", [ALICE, "ALICE@example.org", "", "not an address", f"{'x' * 260}@example.org"])
def test_what_can_t_be_offered_says_so(alice_portal: Portal, email: str) -> None:
    answer = at_platform(ALICE).post(OFFER, {"email": email})

    assert answer.status_code == 422
    assert answer.context["form"].errors["email"]
    assert not Transfer.objects.exists()


def test_a_portal_that_demands_a_second_step_of_owners_demands_it_here(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        second_factor_demand(roles=[roles.OWNER])
    alice = at_platform(ALICE)

    assert alice.post(OFFER, {"email": DORA}).headers["Location"] == "/accounts/second-factor/"
    assert not Transfer.objects.exists()
    Authenticator.objects.create(user=User.objects.get(email=ALICE), type=Authenticator.Type.TOTP, data={})
    assert alice.post(OFFER, {"email": DORA}).headers["Location"] == OFFER


@pytest.mark.parametrize("email", ["charlie@example.org", DORA])
def test_only_owners_offer_and_withdraw(alice_portal: Portal, charlie_portal: Portal, dora: User, email: str) -> None:
    offered()

    for path in (OFFER, f"{OFFER}withdraw/"):
        assert at_platform(email).post(path, {"email": email}).status_code == 404
    assert Transfer.objects.get().email == DORA


def test_offers_and_answers_are_limited(alice_portal: Portal, platform_client: Client, settings: Settings) -> None:
    limits = {"invite": "1/h/user", "invitation_accept": "2/m/ip"}
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, **limits}
    offered()
    alice = at_platform(ALICE)
    alice.post(f"{OFFER}withdraw/")

    assert alice.post(OFFER, {"email": DORA}).status_code == 429
    assert [platform_client.get("/transfers/none/").status_code for _i in range(3)] == [404, 404, 429]


def test_what_a_backup_or_move_takes_along_has_nothing_of_an_offer(alice_portal: Portal, dora: User) -> None:
    token = offered().split("/")[2]
    rows = json.dumps(public_rows(alice_portal.organization), default=str)

    assert DORA not in rows
    assert Transfer.objects.get().token_digest not in rows
    assert token not in rows
    with tenant_context(alice_portal.organization), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename ~ 'transfer'")
        assert cursor.fetchone() == (0,)


def test_a_portal_in_another_cell_can_be_given_away_and_its_team_follows(alice_portal: Portal, dora: User) -> None:
    Organization.objects.filter(slug="alice").update(state=Organization.State.MOVED, cell="south")
    assertContains(at_platform(ALICE).get("/organizations/"), OFFER)
    assertNotContains(at_platform(ALICE).get(OFFER), "I stay on the team")
    path = offered(giver_stays="on")

    assertNotContains(at_platform(DORA).get(path), "Bands</dt>")
    assert at_platform(DORA).post(path, {"accept": ""}).status_code == 302

    assert owners() == {DORA}
    assert Job.objects.filter(kind=CARRY_OWNERS.name).exists()


def test_offers_that_are_over_are_forgotten(alice_portal: Portal, dora: User) -> None:
    offered()
    assert transfers_forget() == 0
    expire()

    assert transfers_forget() == 1


def test_it_speaks_german(alice_portal: Portal, dora: User) -> None:
    Organization.objects.filter(slug="alice").update(language="de")
    with translation.override("de"):
        path = offered()
    browser = at_platform(DORA)
    browser.cookies["django_language"] = "de"

    assertContains(browser.get(path), "Annehmen")
    assert "Ihr neues Portal?" in newest_mail_to(DORA).subject
