"""The token between platform and portal: for one browser, one portal, one minute, one use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core import signing
from django.core.cache import caches
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.organizations.handover import (
    HandOverError,
    HandOverUnavailableError,
    Proof,
    hand_over_redeem,
    hand_over_token,
    new_state,
)
from tests.conftest import Portal


def _token(portal: Portal, state: str, proof: Proof | None = None) -> str:
    owner = User.objects.get(email=portal.owner_email)
    return hand_over_token(organization=portal.organization, owner=owner, state=state, proof=proof)


def _redeem(portal: Portal, token: str, state: str) -> tuple[User, Proof]:
    with tenant_context(portal.organization):
        return hand_over_redeem(token=token, organization=portal.organization, state=state)


@pytest.mark.parametrize("proof", [None, Proof(proved_at=1_900_000_000.5, has_second_step=True)])
def test_it_finds_the_account_on_the_team_and_says_how_well_it_is_known(
    alice_portal: Portal, proof: Proof | None
) -> None:
    state = new_state()

    found = _redeem(alice_portal, _token(alice_portal, state, proof), state)

    assert found == (alice_portal.user(), proof or Proof())


def test_it_works_once(alice_portal: Portal) -> None:
    state = new_state()
    token = _token(alice_portal, state)
    _redeem(alice_portal, token, state)

    with pytest.raises(HandOverError, match="used before"):
        _redeem(alice_portal, token, state)


def test_it_is_worthless_at_another_portal(alice_portal: Portal, charlie_portal: Portal) -> None:
    state = new_state()

    with pytest.raises(HandOverError, match="another portal"):
        _redeem(charlie_portal, _token(alice_portal, state), state)


@pytest.mark.parametrize("state", ["", "another"])
def test_it_is_worthless_in_another_browser(alice_portal: Portal, state: str) -> None:
    with pytest.raises(HandOverError, match="another browser"):
        _redeem(alice_portal, _token(alice_portal, new_state()), state)


def test_a_token_without_a_state_is_worthless(alice_portal: Portal) -> None:
    with pytest.raises(HandOverError, match="another browser"):
        _redeem(alice_portal, _token(alice_portal, ""), "")


def test_it_ends_after_a_minute(alice_portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    state = new_state()
    token = _token(alice_portal, state)
    issued_at = signing.time.time()
    monkeypatch.setattr(signing.time, "time", lambda: issued_at + 61)

    with pytest.raises(HandOverError, match="too old"):
        _redeem(alice_portal, token, state)


def test_a_changed_token_is_worthless(alice_portal: Portal) -> None:
    state = new_state()

    with pytest.raises(HandOverError, match="unreadable"):
        _redeem(alice_portal, _token(alice_portal, state)[:-1], state)


def test_a_lost_cache_ends_it(alice_portal: Portal) -> None:
    state = new_state()
    token = _token(alice_portal, state)
    with tenant_context(alice_portal.organization):
        caches["strict"].clear()

    with pytest.raises(HandOverError, match="used before"):
        _redeem(alice_portal, token, state)


def test_an_owner_who_left_the_team_is_not_handed_over(alice_portal: Portal) -> None:
    account = alice_portal.user()
    alice_portal.user(roles.OWNER, "bob@example.org")
    with tenant_context(alice_portal.organization):
        account.is_active = False
        account.save()
    state = new_state()

    with pytest.raises(HandOverError, match="no account"):
        _redeem(alice_portal, _token(alice_portal, state), state)


@pytest.fixture
def _no_cache(settings: object) -> Iterator[None]:
    client = caches["strict"]._cache
    reachable = client._servers
    client._servers = ["redis://127.0.0.1:1/0"]
    client._pools.clear()
    yield
    client._servers = reachable
    client._pools.clear()


@pytest.mark.usefixtures("_no_cache")
def test_nobody_is_logged_in_while_the_cache_is_away(alice_portal: Portal) -> None:
    with pytest.raises(HandOverUnavailableError):
        _token(alice_portal, new_state())
