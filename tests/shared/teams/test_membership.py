"""A team never loses its last owner, whoever acts and however many act at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.organizations.models import Organization
from bandstand.teams.membership import LastOwnerError, member_remove, members_with_roles, role_change
from tests.conftest import PASSWORD, Portal


def test_it_changes_a_role(in_alice_portal: Portal) -> None:
    bob = in_alice_portal.user(roles.EDITOR)

    role_change(user=bob, role=roles.MANAGER)

    assert roles.role_of(bob) == roles.MANAGER


def test_it_refuses_a_role_that_does_not_exist(in_alice_portal: Portal) -> None:
    with pytest.raises(ValidationError, match="from the list"):
        role_change(user=in_alice_portal.user(roles.EDITOR), role="emperor")


def test_it_never_demotes_the_last_owner(in_alice_portal: Portal) -> None:
    alice = in_alice_portal.user()

    with pytest.raises(LastOwnerError):
        role_change(user=alice, role=roles.MEMBER)

    assert roles.role_of(alice) == roles.OWNER


def test_it_never_removes_the_last_owner(in_alice_portal: Portal) -> None:
    alice = in_alice_portal.user()

    with pytest.raises(LastOwnerError):
        member_remove(user=alice)

    assert User.objects.get(pk=alice.pk).is_active


def test_an_owner_may_go_when_another_stays(in_alice_portal: Portal) -> None:
    second = in_alice_portal.user(roles.OWNER, email="second@example.org")

    role_change(user=in_alice_portal.user(), role=roles.MEMBER)

    assert list(roles.holders(roles.OWNER)) == [second]


def test_a_locked_owner_does_not_count(in_alice_portal: Portal) -> None:
    second = in_alice_portal.user(roles.OWNER, email="second@example.org")
    second.is_active = False
    second.save()

    with pytest.raises(LastOwnerError):
        member_remove(user=in_alice_portal.user())


def test_somebody_who_is_removed_has_no_role_no_password_and_no_session(alice_portal: Portal) -> None:
    browser = alice_portal.client_of(roles.EDITOR)
    bob = alice_portal.user(roles.EDITOR)
    assert browser.get("/accounts/profile/").status_code == 200

    with tenant_context(alice_portal.organization):
        member_remove(user=bob)
        bob.refresh_from_db()
        assert roles.role_of(bob) is None
        assert not bob.check_password(PASSWORD)

    assert browser.get("/accounts/profile/").status_code == 302


def test_it_lists_the_team_with_two_queries(
    in_alice_portal: Portal, django_assert_num_queries: Callable[[int], object]
) -> None:
    for role in (roles.EDITOR, roles.MANAGER, roles.MEMBER):
        in_alice_portal.user(role)

    with django_assert_num_queries(2):  # type: ignore[attr-defined]
        found = {user.email: role for user, role in members_with_roles()}

    assert found["alice@example.org"] == roles.OWNER
    assert len(found) == 4


@pytest.fixture
def two_owners(django_db_blocker: object, alice_portal: Portal) -> Iterator[tuple[Organization, list[int]]]:
    """Two committed owners, because threads on other connections don't see a test's transaction."""
    yield from _committed_owners(alice_portal.organization)


def _committed_owners(organization: Organization) -> Iterator[tuple[Organization, list[int]]]:
    def make() -> list[int]:
        with tenant_context(organization):
            second = User.objects.create_user("second@example.org", PASSWORD)
            roles.assign(second, roles.OWNER)
            return list(roles.holders(roles.OWNER).values_list("pk", flat=True))

    def restore() -> None:
        with tenant_context(organization):
            roles.assign(User.objects.get(email="alice@example.org"), roles.OWNER)
            User.objects.filter(email="second@example.org").delete()

    with ThreadPoolExecutor(1) as elsewhere:
        yield organization, elsewhere.submit(_on_its_own_connection, make).result()
        elsewhere.submit(_on_its_own_connection, restore).result()


def _on_its_own_connection(work: Callable[[], object]) -> object:
    try:
        return work()
    finally:
        connection.close()


def test_two_owners_who_demote_each_other_at_once_leave_one(two_owners: tuple[Organization, list[int]]) -> None:
    organization, owners = two_owners
    together = Barrier(len(owners))

    def demote(pk: int) -> str:
        with tenant_context(organization):
            user = User.objects.get(pk=pk)
            together.wait(10)
            try:
                role_change(user=user, role=roles.MEMBER)
            except LastOwnerError:
                return "refused"
            return "done"

    with ThreadPoolExecutor(len(owners)) as threads:
        ends = list(threads.map(lambda pk: _on_its_own_connection(lambda: demote(pk)), owners))

    assert sorted(map(str, ends)) == ["done", "refused"]
