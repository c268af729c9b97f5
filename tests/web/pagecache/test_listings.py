"""A kept list of bands with bands of another portal turns at once when that portal, or the agreement, changes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django_tenants.utils import tenant_context

from bandstand.bands.models import Band
from bandstand.listings.agreeing import listing_answer, listing_end, listing_propose
from bandstand.listings.models import Listing
from bandstand.organizations.models import Organization
from bandstand.people.models import Person
from bandstand.tenancy.resolution import resolver
from tests.conftest import Portal
from tests.factories.bands import BandFactory


@pytest.fixture
def charlie(alice: Portal) -> Iterator[Portal]:
    """Charlie's portal with a band that Alice's lists, all of it committed."""
    portal = Portal(Organization.objects.get(slug="charlie"), "charlie@example.org")
    with tenant_context(portal.organization):
        BandFactory(name="Owls", slug="owls")
    listing = listing_propose(lister=alice.organization, address=f"{portal.host}/bands/owls/", by="")
    listing_answer(listing=listing.pk, home=portal.organization, accept=True, by="")
    yield portal
    Listing.objects.all().delete()
    with tenant_context(portal.organization):
        Band.with_trash().delete()
        Person.objects.all().delete()


def is_listed(alice: Portal) -> bool:
    pages = [alice.client().get("/bands/") for _twice in range(2)]
    assert pages[0].content == pages[1].content
    assert pages[0]["ETag"] == pages[1]["ETag"]
    return ">Owls<" in pages[0].content.decode()


def set_published(portal: Portal, *, published: bool) -> None:
    with tenant_context(portal.organization):
        Band.objects.update(is_published=published)


def test_what_is_kept_is_never_older_than_the_other_portal(alice: Portal, charlie: Portal) -> None:
    assert is_listed(alice)
    set_published(charlie, published=False)
    assert not is_listed(alice)
    set_published(charlie, published=True)
    assert is_listed(alice)

    Organization.objects.get(slug="charlie").save()  # nothing that visitors see
    charlie.organization.state = Organization.State.SUSPENDED
    charlie.organization.save(update_fields=["state"])
    try:
        assert not is_listed(alice)
    finally:
        charlie.organization.state = Organization.State.ACTIVE
        charlie.organization.save(update_fields=["state"])
    assert is_listed(alice)

    listing_end(listing=Listing.objects.get().pk, side=charlie.organization, by="")
    assert not is_listed(alice)


def test_a_process_that_hasnt_heard_of_the_end_shows_nothing_old(alice: Portal, charlie: Portal) -> None:
    assert is_listed(alice)
    known = resolver.resolve(alice.host)
    assert known is not None
    homes = known.remembered["listed_homes"]

    listing_end(listing=Listing.objects.get().pk, side=alice.organization, by="")
    again = resolver.resolve(alice.host)
    assert again is not None
    again.remembered["listed_homes"] = homes

    assert not is_listed(alice)
