"""Several want one address at the same moment, over real connections: one gets it, and nothing is half done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from bandstand.accounts.models import User
from bandstand.organizations.former_hosts import former_slugs
from bandstand.organizations.models import Domain, Organization
from bandstand.portals.changing_address import portal_address_change
from bandstand.tenancy.provisioning import organization_create, organization_drop_schema

WANTED = "wanted-by-all"


@pytest.fixture
def portals(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[list[Organization]]:
    """Two portals that other connections see, too."""
    with django_db_blocker.unblock():
        owner = User.objects.create_user("everyone@example.org", "a-long-password")
        yield [organization_create(name=slug, slug=slug, owner=owner) for slug in ("want-one", "want-two")]
        for made in Organization.objects.filter(owners=owner):
            organization_drop_schema(made)
            made.delete()
        owner.delete()


def test_of_a_change_a_sign_up_and_another_change_one_gets_it(portals: list[Organization]) -> None:
    owner = portals[0].owners.get()

    def change(organization: Organization) -> None:
        portal_address_change(organization=organization, slug=WANTED, by=owner)

    def sign_up() -> None:
        organization_create(name="Third", slug=WANTED, owner=owner)

    wishes: list[Callable[[], None]] = [lambda: change(portals[0]), sign_up, lambda: change(portals[1]), sign_up]

    def attempt(wish: Callable[[], None]) -> bool:
        try:
            wish()
        except ValidationError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(len(wishes)) as threads:
        done = list(threads.map(attempt, wishes))

    assert done.count(True) == 1
    holder = Organization.objects.get(slug=WANTED)
    assert Domain.objects.get(domain=f"{WANTED}.bandstand.localhost").tenant_id == holder.pk
    assert all(each.domains.filter(is_primary=True).count() == 1 for each in Organization.objects.filter(owners=owner))


def test_two_owners_change_one_portal_one_after_the_other(portals: list[Organization]) -> None:
    owner = portals[0].owners.get()
    slugs = [f"address-{number}" for number in range(3)]

    def attempt(slug: str) -> None:
        try:
            portal_address_change(organization=portals[0], slug=slug, by=owner)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(slugs)) as threads:
        list(threads.map(attempt, slugs))

    changed = Organization.objects.get(pk=portals[0].pk)
    assert sorted([*former_slugs(changed), changed.slug]) == [*slugs, "want-one"]
    assert changed.host == changed.own_host
