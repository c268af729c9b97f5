"""Deleting a user works in each schema and touches that schema alone."""

from __future__ import annotations

from django_tenants.utils import tenant_context

from bandstand.accounts.models import User
from tests.conftest import Portal


def test_it_deletes_an_owner_of_the_platform_and_nobody_else(alice_portal: Portal) -> None:
    alice_portal.organization.owners.clear()

    User.objects.get(email="alice@example.org").delete()

    assert not User.objects.filter(email="alice@example.org").exists()
    with tenant_context(alice_portal.organization):
        assert User.objects.filter(email="alice@example.org").exists()


def test_it_deletes_a_member_of_a_team(alice_portal: Portal, charlie_portal: Portal) -> None:
    bob = alice_portal.user("editor", "bob@example.org")
    charlie_portal.user("editor", "bob@example.org")
    with tenant_context(alice_portal.organization):
        User.objects.filter(pk=bob.pk).delete()

        assert not User.objects.filter(email="bob@example.org").exists()
    with tenant_context(charlie_portal.organization):
        assert User.objects.filter(email="bob@example.org").exists()
