"""What a release before left, two sets of owners, becomes one: as the team had decided."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.db import connection
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.organizations import owners
from bandstand.organizations.models import Organization
from bandstand.organizations.owners import differing_owners
from tests.conftest import PASSWORD, Portal

ALICE, BOB = "alice@example.org", "bob@example.org"
MIGRATION = import_module("bandstand.teams.migrations.0002_one_set_of_owners")


@contextmanager
def as_before() -> Iterator[None]:
    """Write as code of the release before: neither side follows the other."""
    token = owners._deriving.set(True)
    try:
        yield
    finally:
        owners._deriving.reset(token)


def second_owner(email: str = BOB) -> User:
    """Return one of the current team, as the release before made them."""
    with as_before():
        user = User.objects.create_user(email, PASSWORD, name="Bob")
        user.groups.add(Group.objects.get(name=roles.OWNER))
    return user


def migrate(portal: Portal) -> set[str]:
    """Return who owns the portal afterwards, on both sides."""
    with tenant_context(portal.organization), connection.cursor() as cursor:
        cursor.execute(MIGRATION.FORWARD)
    assert differing_owners(portal.organization) == []
    return set(User.objects.filter(organizations=portal.organization).values_list("email", flat=True))


def test_a_second_owner_gets_an_account_with_password_and_app(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        bob = second_owner()
        Authenticator.objects.create(user=bob, type=Authenticator.Type.TOTP, data={"secret": "sealed"})
        Authenticator.objects.create(user=bob, type=Authenticator.Type.WEBAUTHN, data={})

    assert migrate(alice_portal) == {ALICE, BOB}

    account = User.objects.get(email=BOB)
    assert account.check_password(PASSWORD)
    assert account.emailaddress_set.get().verified
    assert [factor.data for factor in Authenticator.objects.filter(user=account)] == [{"secret": "sealed"}]


def test_whom_the_team_took_off_loses_the_portal(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization), as_before():
        second_owner()
        alice = User.objects.get(email=ALICE)
        alice.groups.clear()
        alice.is_active = False
        alice.save()

    assert migrate(alice_portal) == {BOB}


def test_whom_the_team_gave_another_role_keeps_that_alone(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization), as_before():
        second_owner()
        alice = User.objects.get(email=ALICE)
        alice.groups.set([Group.objects.get(name=roles.EDITOR)])

    assert migrate(alice_portal) == {BOB}
    with tenant_context(alice_portal.organization):
        assert roles.role_of(User.objects.get(email=ALICE)) == roles.EDITOR


def test_an_owner_with_another_address_on_the_team_stays(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization), as_before():
        User.objects.filter(email=ALICE).update(email="alice@home.example")

    assert migrate(alice_portal) == {ALICE, "alice@home.example"}


def test_an_owner_whom_the_platform_locked_is_locked_on_the_team(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        second_owner()
    User.objects.filter(email=ALICE).update(is_active=False)

    assert migrate(alice_portal) == {ALICE, BOB}
    with tenant_context(alice_portal.organization):
        assert not User.objects.get(email=ALICE).is_active


def test_a_team_without_an_active_owner_leaves_the_platforms(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization), as_before():
        User.objects.filter(email=ALICE).update(is_active=False)

    assert migrate(alice_portal) == {ALICE}


def test_it_may_run_again(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        second_owner()

    assert migrate(alice_portal) == migrate(alice_portal) == {ALICE, BOB}


@pytest.mark.parametrize("state", [Organization.State.MOVED, Organization.State.DELETING])
def test_a_portal_that_is_not_here_is_left_alone(alice_portal: Portal, state: str) -> None:
    with tenant_context(alice_portal.organization):
        second_owner()
    Organization.objects.filter(pk=alice_portal.organization.pk).update(state=state)

    with tenant_context(alice_portal.organization), connection.cursor() as cursor:
        cursor.execute(MIGRATION.FORWARD)

    assert not User.objects.filter(email=BOB).exists()


def test_other_portals_are_left_alone(alice_portal: Portal, charlie_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        second_owner()
    migrate(alice_portal)

    assert list(User.objects.filter(organizations=charlie_portal.organization)) == [
        User.objects.get(email="charlie@example.org")
    ]
