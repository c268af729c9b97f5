"""Guessing ends at a lock; nobody uses the lock against whoever guesses nothing."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.test import Client
from django_tenants.utils import tenant_context
from pytest_django.asserts import assertContains
from pytest_django.fixtures import Settings

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.accounts.unlocking import account_unlock, locks
from bandstand.organizations.owners import owner_add
from tests.conftest import PASSWORD, Portal
from tests.mailbox import link_in, newest_mail_to

ALICE = "alice@example.org"
MINA = "manager@alice.bandstand.localhost"  # of the team, with an account of the portal's own
PLATFORM = "bandstand.localhost"


@pytest.fixture(autouse=True)
def _mina(alice_portal: Portal) -> None:
    alice_portal.user(roles.MANAGER)


def at(client: Client) -> str:
    """Return who logs in there: owners at the platform, the others at the portal."""
    return ALICE if client.defaults["HTTP_HOST"] == PLATFORM else MINA


def log_in(client: Client, password: str = PASSWORD, email: str = "", **origin: str) -> str:
    answer = client.post("/accounts/login/", {"login": email or at(client), "password": password}, **origin)
    return str(answer.headers.get("Location", answer.status_code))


def lock(host: str, ip_address: str = "127.0.0.1") -> None:
    """Guess until there is a lock for this address."""
    for number in range(8):
        log_in(Client(HTTP_HOST=host), f"guess-{number}", REMOTE_ADDR=ip_address)


def attack_from_everywhere(host: str) -> None:
    """Guess as many machines do that share the work: more often than the limit over all addresses allows."""
    for number in range(25):
        log_in(Client(HTTP_HOST=host), f"guess-{number}", REMOTE_ADDR=f"198.51.100.{number}")


@pytest.mark.parametrize("attacked", ["portal", "platform"])
def test_a_lock_in_one_place_is_none_in_the_other(alice_portal: Portal, attacked: str) -> None:
    hosts = {"portal": alice_portal.host, "platform": PLATFORM}
    lock(hosts.pop(attacked))
    (other,) = hosts.values()

    assert log_in(Client(HTTP_HOST=other)).startswith("/")


@pytest.mark.parametrize("limit", [8, 20])
def test_guesses_at_an_owner_count_together_at_all_portals_and_the_platform(
    alice_portal: Portal, charlie_portal: Portal, limit: int
) -> None:
    owner_add(organization=charlie_portal.organization, account=User.objects.get(email=ALICE))
    hosts = [alice_portal.host, charlie_portal.host, PLATFORM, alice_portal.host]

    for number in range(limit):
        # One machine reaches axes' limit, many machines that of all addresses together.
        address = "198.51.100.7" if limit == 8 else f"198.51.100.{number}"
        log_in(Client(HTTP_HOST=hosts[number % 4]), f"guess-{number}", ALICE, REMOTE_ADDR=address)

    stranger = "198.51.100.7" if limit == 8 else "203.0.113.9"
    assert not log_in(Client(HTTP_HOST=PLATFORM), REMOTE_ADDR=stranger).startswith("/")
    with tenant_context(alice_portal.organization):
        assert [(lock.email, lock.ip_address) for lock in locks()] == [(ALICE, "198.51.100.7" if limit == 8 else "")]
        assert account_unlock(email=ALICE)
        assert locks() == []
    assert log_in(Client(HTTP_HOST=PLATFORM), REMOTE_ADDR=stranger) == "/organizations/"


def test_a_lock_is_of_the_address_that_guessed(alice_portal: Portal) -> None:
    lock(alice_portal.host, "198.51.100.7")

    assert log_in(alice_portal.client(), REMOTE_ADDR="198.51.100.7") == "429"
    assert log_in(alice_portal.client(), REMOTE_ADDR="203.0.113.9") == "/backstage/"


@pytest.mark.parametrize("host", ["alice.bandstand.localhost", PLATFORM])
def test_guesses_from_everywhere_lock_nobody_out_of_a_browser_that_is_known(alice_portal: Portal, host: str) -> None:
    at_home = Client(HTTP_HOST=host)
    log_in(at_home)
    at_home.post("/accounts/logout/")

    attack_from_everywhere(host)

    stranger = Client(HTTP_HOST=host).post(
        "/accounts/login/", {"login": at(at_home), "password": PASSWORD}, REMOTE_ADDR="203.0.113.9"
    )
    assert "Location" not in stranger, "the attack is slowed down, with the right password as well"
    assert log_in(at_home).startswith("/")


def test_a_known_browser_guesses_no_more_than_others(alice_portal: Portal) -> None:
    browser = alice_portal.client()
    log_in(browser)
    browser.post("/accounts/logout/")
    for number in range(20):
        log_in(browser, f"guess-{number}", REMOTE_ADDR=f"198.51.100.{number}")

    assert not log_in(browser).startswith("/")


@pytest.mark.parametrize("host", ["alice.bandstand.localhost", PLATFORM])
def test_unlocking_lifts_what_many_machines_did_in_known_browsers_too(alice_portal: Portal, host: str) -> None:
    at_home = Client(HTTP_HOST=host)
    log_in(at_home)
    at_home.post("/accounts/logout/")
    attack_from_everywhere(host)
    for number in range(20):
        log_in(at_home, f"guess-{number}", REMOTE_ADDR=f"198.51.100.{number}")
    stranger = "203.0.113.9"
    assert not log_in(at_home, REMOTE_ADDR=stranger).startswith("/")
    page = alice_portal.client_of(roles.OWNER).get("/backstage/log/").content.decode()
    assert "in browsers that are new to the account" in page

    call_command("unlock", at(at_home), organization="" if host == PLATFORM else "alice")

    assert log_in(Client(HTTP_HOST=host), REMOTE_ADDR=stranger).startswith("/")
    assert log_in(at_home, REMOTE_ADDR=stranger).startswith("/")


def test_without_limits_the_log_shows_locks_of_single_addresses(alice_portal: Portal, settings: Settings) -> None:
    lock(alice_portal.host)
    settings.ACCOUNT_RATE_LIMITS = False

    page = alice_portal.client_of(roles.OWNER).get("/backstage/log/")

    assertContains(page, "from 127.0.0.1")


def test_an_owner_is_unlocked_by_the_name_of_the_portal_too(alice_portal: Portal) -> None:
    attack_from_everywhere(PLATFORM)

    call_command("unlock", ALICE, organization="alice")

    assert log_in(Client(HTTP_HOST=PLATFORM), REMOTE_ADDR="203.0.113.9").startswith("/")


@pytest.mark.parametrize("planted", ["", "nonsense", "other account", "other portal"])
def test_a_cookie_of_somebody_else_is_worth_nothing(alice_portal: Portal, charlie_portal: Portal, planted: str) -> None:
    browser = alice_portal.client()
    if planted == "nonsense":
        browser.cookies["known"] = "nonsense"
    elif planted:
        there = alice_portal if planted == "other account" else charlie_portal
        email = there.user("editor", MINA if planted == "other portal" else None).email
        thief = there.client()
        thief.post("/accounts/login/", {"login": email, "password": PASSWORD})
        browser.cookies["known"] = thief.cookies["known"].value
    attack_from_everywhere(alice_portal.host)

    assert not log_in(browser, REMOTE_ADDR="203.0.113.9").startswith("/")


def test_a_mailed_link_opens_the_door_while_guesses_go_on(alice_portal: Portal) -> None:
    attack_from_everywhere(alice_portal.host)
    browser = alice_portal.client()
    browser.post("/accounts/password/reset/", {"email": MINA})
    with tenant_context(alice_portal.organization):
        path = link_in(newest_mail_to(MINA)).partition(":8000")[2]
    form = browser.get(path).headers["Location"]
    browser.post(form, {"password1": "eight-days-a-week"})

    assert log_in(browser, "eight-days-a-week") == "/backstage/"


def test_owners_and_operators_lift_locks(alice_portal: Portal) -> None:
    lock(alice_portal.host)
    lock(PLATFORM)
    call_command("unlock", MINA, organization="alice")
    assert log_in(alice_portal.client()) == "/backstage/"
    assert log_in(Client(HTTP_HOST=PLATFORM)) == "429"

    call_command("unlock", ALICE)

    assert log_in(Client(HTTP_HOST=PLATFORM)) == "/organizations/"
