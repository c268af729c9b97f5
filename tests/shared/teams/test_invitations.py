"""Invitations: sent, sent again, withdrawn, accepted once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.teams.invitations import (
    InvitationGoneError,
    invitation_accept,
    invitation_create,
    invitation_find,
    invitation_resend,
)
from bandstand.teams.membership import member_remove
from bandstand.teams.models import Invitation
from tests.conftest import PASSWORD, Portal


class Links:
    """Stands for the view that knows the address of the accept page; remembers the tokens that were mailed."""

    def __init__(self) -> None:
        self.tokens: list[str] = []

    def __call__(self, token: str) -> str:
        self.tokens.append(token)
        return f"https://alice.example/join/{token}/"


@pytest.fixture
def links() -> Links:
    return Links()


def _invite(portal: Portal, links: Links, email: str = "Dora@Example.org", role: str = roles.EDITOR) -> Invitation:
    return invitation_create(email=email, role=role, invited_by=portal.user(), address=links)


def test_whoever_accepts_is_on_the_team_with_the_role(in_alice_portal: Portal, links: Links) -> None:
    _invite(in_alice_portal, links)

    dora = invitation_accept(token=links.tokens[0], name="Dora", password=PASSWORD)

    assert (dora.email, dora.name, roles.role_of(dora)) == ("dora@example.org", "Dora", roles.EDITOR)
    assert dora.check_password(PASSWORD)
    assert dora.emailaddress_set.get().verified


def test_a_link_works_once(in_alice_portal: Portal, links: Links) -> None:
    _invite(in_alice_portal, links)
    invitation_accept(token=links.tokens[0], name="Dora", password=PASSWORD)

    with pytest.raises(InvitationGoneError):
        invitation_accept(token=links.tokens[0], name="Mallory", password=PASSWORD)


def test_a_link_ends_after_a_week(in_alice_portal: Portal, links: Links) -> None:
    invitation = _invite(in_alice_portal, links)
    assert timedelta(days=6) < invitation.expires_at - timezone.now() <= timedelta(days=7)
    Invitation.objects.update(expires_at=timezone.now())

    with pytest.raises(InvitationGoneError):
        invitation_find(links.tokens[0])


def test_sending_again_ends_the_former_link(in_alice_portal: Portal, links: Links) -> None:
    invitation = _invite(in_alice_portal, links)

    invitation_resend(invitation=invitation, address=links)

    with pytest.raises(InvitationGoneError):
        invitation_find(links.tokens[0])
    assert invitation_find(links.tokens[1]) == invitation


def test_sending_again_after_acceptance_is_refused(in_alice_portal: Portal, links: Links) -> None:
    invitation = _invite(in_alice_portal, links)
    invitation_accept(token=links.tokens[0], name="Dora", password=PASSWORD)

    with pytest.raises(InvitationGoneError):
        invitation_resend(invitation=invitation, address=links)


def test_the_table_holds_no_token(in_alice_portal: Portal, links: Links) -> None:
    invitation = _invite(in_alice_portal, links)

    assert links.tokens[0] not in str(Invitation.objects.filter(pk=invitation.pk).values().get())


def test_one_address_has_one_open_invitation(in_alice_portal: Portal, links: Links) -> None:
    _invite(in_alice_portal, links)

    with pytest.raises(ValidationError, match="already has an invitation"):
        _invite(in_alice_portal, links, email="dora@example.ORG")


def test_an_expired_invitation_gives_way_to_a_new_one(in_alice_portal: Portal, links: Links) -> None:
    _invite(in_alice_portal, links)
    Invitation.objects.update(expires_at=timezone.now())

    _invite(in_alice_portal, links)

    assert Invitation.objects.get().is_expired is False


def test_nobody_on_the_team_is_invited_again(in_alice_portal: Portal, links: Links) -> None:
    bob = in_alice_portal.user(roles.EDITOR)

    with pytest.raises(ValidationError, match="already on the team"):
        _invite(in_alice_portal, links, email=bob.email.upper())


def test_whoever_left_gets_the_account_back(in_alice_portal: Portal, links: Links) -> None:
    bob = in_alice_portal.user(roles.EDITOR)
    member_remove(user=bob)
    _invite(in_alice_portal, links, email=bob.email, role=roles.MEMBER)

    back = invitation_accept(token=links.tokens[0], name="Bob", password="another-set-list")

    assert back.pk == bob.pk
    assert back.is_active
    assert roles.role_of(back) == roles.MEMBER
    assert back.check_password("another-set-list")


def test_an_account_in_use_keeps_name_and_password(in_alice_portal: Portal, links: Links) -> None:
    fan = User.objects.create_user("fan@example.org", PASSWORD, name="Fan")
    _invite(in_alice_portal, links, email=fan.email)

    joined = invitation_accept(token=links.tokens[0], name="Somebody", password="something-else-entirely")

    assert joined.name == "Fan"
    assert joined.check_password(PASSWORD)
