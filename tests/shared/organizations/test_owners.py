"""Who owns a portal is decided once: whichever side is written, the other follows or nothing happens at all."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.organizations.models import Organization
from bandstand.organizations.owners import (
    LastOwnerError,
    LockedAccountError,
    differing_owners,
    owner_add,
    owner_remove,
    owners_derive,
)
from bandstand.teams.membership import member_remove, role_change
from tests.conftest import PASSWORD, Portal

ALICE, BOB = "alice@example.org", "bob@example.org"


def at_platform(email: str) -> User:
    connection.set_schema_to_public()
    return User.objects.get(email=email)


def owners(portal: Portal) -> set[str]:
    """Return who owns the portal, which both sides have to agree on."""
    assert differing_owners(portal.organization) == []
    connection.set_schema_to_public()
    return set(User.objects.filter(organizations=portal.organization).values_list("email", flat=True))


@pytest.fixture
def bob(alice_portal: Portal) -> User:
    """Bob's row on Alice's team, of which he is a second owner."""
    return alice_portal.user(roles.OWNER, BOB)


def test_somebody_whom_the_team_promotes_owns_the_portal_at_the_platform(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        role_change(user=alice_portal.user(roles.EDITOR), role=roles.OWNER)

    account = at_platform(alice_portal.user(roles.EDITOR).email)
    assert owners(alice_portal) == {ALICE, account.email}
    assert account.check_password(PASSWORD)
    assert EmailAddress.objects.filter(user=account, verified=True, primary=True).exists()


def test_a_promoted_member_brings_the_authenticator_app_and_no_passkey(alice_portal: Portal) -> None:
    """A passkey holds for one host: at the platform it would be a second step that nobody can take."""
    with tenant_context(alice_portal.organization):
        member = alice_portal.user(roles.EDITOR)
        for kind in (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES, Authenticator.Type.WEBAUTHN):
            Authenticator.objects.create(user=member, type=kind, data={"of": kind.value})
        role_change(user=member, role=roles.OWNER)

    brought = Authenticator.objects.filter(user=at_platform(member.email)).order_by("type")
    assert [(factor.type, factor.data) for factor in brought] == [
        ("recovery_codes", {"of": "recovery_codes"}),
        ("totp", {"of": "totp"}),
    ]


def test_somebody_who_has_an_account_keeps_its_password(alice_portal: Portal) -> None:
    account = User.objects.create_user(alice_portal.user(roles.EDITOR).email, "another-set-list")

    with tenant_context(alice_portal.organization):
        role_change(user=alice_portal.user(roles.EDITOR), role=roles.OWNER)

    account.refresh_from_db()
    assert account.check_password("another-set-list")
    assert list(account.organizations.all()) == [alice_portal.organization]  # type: ignore[attr-defined]


def test_an_account_that_the_platform_locked_is_promoted_by_nobody(alice_portal: Portal) -> None:
    User.objects.create_user(alice_portal.user(roles.EDITOR).email, is_active=False)

    with tenant_context(alice_portal.organization), pytest.raises(LockedAccountError):
        role_change(user=alice_portal.user(roles.EDITOR), role=roles.OWNER)

    assert owners(alice_portal) == {ALICE}


def _demote(portal: Portal, bob: User) -> None:
    with tenant_context(portal.organization):
        role_change(user=bob, role=roles.EDITOR)


def _take_off_the_team(portal: Portal, bob: User) -> None:
    with tenant_context(portal.organization):
        member_remove(user=bob)


def _take_out_of_the_group(portal: Portal, bob: User) -> None:
    with tenant_context(portal.organization):
        bob.groups.remove(Group.objects.get(name=roles.OWNER))


def _take_out_of_the_group_from_its_side(portal: Portal, bob: User) -> None:
    with tenant_context(portal.organization):
        Group.objects.get(name=roles.OWNER).user_set.remove(bob)


def _set_other_groups(portal: Portal, bob: User) -> None:
    with tenant_context(portal.organization):
        bob.groups.set([Group.objects.get(name=roles.MEMBER)])


def _clear_groups(portal: Portal, bob: User) -> None:
    with tenant_context(portal.organization):
        bob.groups.clear()


def _lock_on_the_team(portal: Portal, bob: User) -> None:
    with tenant_context(portal.organization):
        bob.is_active = False
        bob.save(update_fields=["is_active"])


def _delete_on_the_team(portal: Portal, bob: User) -> None:
    with tenant_context(portal.organization):
        User.objects.filter(pk=bob.pk).delete()


def _take_at_the_platform(portal: Portal, bob: User) -> None:
    owner_remove(organization=portal.organization, account=at_platform(BOB))


def _set_owners(portal: Portal, bob: User) -> None:
    portal.organization.owners.set([at_platform(ALICE)])


def _clear_what_bob_owns(portal: Portal, bob: User) -> None:
    at_platform(BOB).organizations.clear()  # type: ignore[attr-defined]


def _delete_at_the_platform(portal: Portal, bob: User) -> None:
    at_platform(BOB).delete()


ENDS: list[Callable[[Portal, User], None]] = [
    _demote,
    _take_off_the_team,
    _take_out_of_the_group,
    _take_out_of_the_group_from_its_side,
    _set_other_groups,
    _clear_groups,
    _lock_on_the_team,
    _delete_on_the_team,
    _take_at_the_platform,
    _set_owners,
    _clear_what_bob_owns,
    _delete_at_the_platform,
]


@pytest.mark.parametrize("end", ENDS)
def test_whatever_ends_it_on_one_side_ends_it_on_the_other(
    alice_portal: Portal, bob: User, end: Callable[[Portal, User], None]
) -> None:
    assert owners(alice_portal) == {ALICE, BOB}

    end(alice_portal, bob)

    assert owners(alice_portal) == {ALICE}
    with tenant_context(alice_portal.organization):
        assert not User.objects.filter(email=BOB, groups__name=roles.OWNER, is_active=True).exists()


@pytest.mark.parametrize("end", [end for end in ENDS if end not in {_set_owners, _clear_what_bob_owns}])
def test_the_last_owner_is_kept_on_both_sides(
    alice_portal: Portal, bob: User, end: Callable[[Portal, User], None]
) -> None:
    owner_remove(organization=alice_portal.organization, account=at_platform(ALICE))
    with tenant_context(alice_portal.organization):
        bob.refresh_from_db()

    with transaction.atomic(), pytest.raises(LastOwnerError):
        end(alice_portal, bob)

    transaction.set_rollback(False)
    assert at_platform(BOB).is_active


def test_whom_the_platform_takes_off_has_no_way_into_the_backstage(alice_portal: Portal, bob: User) -> None:
    browser = alice_portal.client()
    with tenant_context(alice_portal.organization):
        browser.force_login(bob, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert browser.get("/backstage/").status_code == 200

    owner_remove(organization=alice_portal.organization, account=at_platform(BOB))

    assert browser.get("/backstage/").status_code == 302


def test_an_account_locked_at_the_platform_is_locked_in_its_portals_until_it_is_unlocked(
    alice_portal: Portal, bob: User
) -> None:
    account = at_platform(BOB)
    for is_active in (False, True):
        account.is_active = is_active
        account.save()
        with tenant_context(alice_portal.organization):
            assert User.objects.get(email=BOB).is_active is is_active


def test_a_locked_co_owner_is_none_who_could_stay_alone(alice_portal: Portal, bob: User) -> None:
    account = at_platform(BOB)
    account.is_active = False
    account.save()

    with tenant_context(alice_portal.organization), pytest.raises(LastOwnerError):
        role_change(user=alice_portal.user(), role=roles.MEMBER)


def test_a_new_address_is_the_owners_in_every_portal(alice_portal: Portal, charlie_portal: Portal) -> None:
    account = at_platform(ALICE)
    owner_add(organization=charlie_portal.organization, account=account)

    account.email = "Alice@New.example"
    account.save()

    for portal in (alice_portal, charlie_portal):
        assert "alice@new.example" in owners(portal)
        with tenant_context(portal.organization):
            assert not User.objects.filter(email=ALICE).exists()
            assert EmailAddress.objects.filter(email="alice@new.example", verified=True).exists()


def test_an_address_that_another_member_has_makes_that_row_the_owners(alice_portal: Portal) -> None:
    editor = alice_portal.user(roles.EDITOR)
    account = at_platform(ALICE)

    account.email = editor.email
    account.save()

    assert owners(alice_portal) == {editor.email}
    with tenant_context(alice_portal.organization):
        assert not User.objects.get(email=ALICE).is_active


def test_somebody_else_s_portal_is_none_of_it(alice_portal: Portal, bob: User, charlie_portal: Portal) -> None:
    assert owners(charlie_portal) == {"charlie@example.org"}


def test_deriving_again_changes_nothing(alice_portal: Portal, bob: User) -> None:
    with tenant_context(alice_portal.organization):
        before = list(User.objects.order_by("pk").values())

    owners_derive(alice_portal.organization)

    with tenant_context(alice_portal.organization):
        assert list(User.objects.order_by("pk").values()) == before


def test_a_new_portal_is_its_owners_on_both_sides(alice_portal: Portal) -> None:
    assert owners(alice_portal) == {ALICE}


def test_what_was_written_past_the_code_is_named(alice_portal: Portal, bob: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {alice_portal.organization.schema_name}.accounts_user_groups")

    errors = StringIO()
    with pytest.raises(CommandError):
        call_command("check_tenants", stderr=errors)

    assert f"alice: {ALICE}, {BOB} own it at the platform or on the team alone" in errors.getvalue()
    owners_derive(Organization.objects.get(slug="alice"))
    assert owners(alice_portal) == {ALICE, BOB}
