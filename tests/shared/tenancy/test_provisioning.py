"""A portal exists wholly or not at all."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.organizations.models import Domain, Organization
from bandstand.tenancy import provisioning
from bandstand.tenancy.provisioning import organization_create
from tests.conftest import Portal


@pytest.fixture
def owner(db: None) -> User:
    return User.objects.create_user("dora@example.org", "a-long-password", name="Dora")


def schemas() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'org\\_%%'")
        return {name for (name,) in cursor.fetchall()}


def test_it_builds_the_whole_portal(owner: User) -> None:
    made = organization_create(name="Dora's Duos", slug="doras-duos", owner=owner, time_zone="Europe/Vienna")

    assert made.host == "doras-duos.bandstand.localhost"
    assert list(made.owners.all()) == [owner]
    with tenant_context(made):
        account = User.objects.get()
        assert account.email == "dora@example.org"
        assert not account.has_usable_password(), "owners log in at the platform"
        assert roles.role_of(account) == roles.OWNER
        assert account.has_perm("accounts.change_user")


def test_it_gives_tenants_people_of_their_own(alice_portal: Portal, charlie_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        assert list(User.objects.values_list("email", flat=True)) == ["alice@example.org"]
    with tenant_context(charlie_portal.organization):
        assert list(User.objects.values_list("email", flat=True)) == ["charlie@example.org"]


def test_it_refuses_a_taken_address(owner: User, alice_portal: Portal) -> None:
    with pytest.raises(ValidationError, match="taken"):
        organization_create(name="Another Alice", slug="alice", owner=owner)


def test_it_leaves_nothing_when_the_last_step_fails(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    before = schemas()
    monkeypatch.setattr(provisioning, "owner_add", lambda **_kwargs: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        organization_create(name="Half a band", slug="half-a-band", owner=owner)

    assert schemas() == before
    assert not Organization.objects.filter(slug="half-a-band").exists()
    assert not Domain.objects.filter(domain__startswith="half-a-band").exists()
    assert connection.schema_name == "public"
