"""Addresses made from names, also when the same is saved twice at once."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, models
from django_tenants.utils import tenant_context
from pytest_django.plugin import DjangoDbBlocker

from bandstand.bands.models import Band, Genre
from bandstand.gigs.models import Gig
from bandstand.organizations.models import Organization
from bandstand.venues.models import Venue
from tests.conftest import Portal

AT_ONCE = 8


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Organization]:
    """Alice's organization; what is written to its portal is seen by other connections, and removed afterwards."""
    with django_db_blocker.unblock():
        organization = Organization.objects.get(slug="alice")
        yield organization
        with tenant_context(organization):
            Gig.objects.all().delete()
            Venue.objects.all().delete()
            Band.objects.all().delete()
        connection.close()


@pytest.mark.parametrize(
    "made",
    [
        lambda: Band(name="The Twins"),
        lambda: Gig(venue="SO36", town="Berlin", starts_at=datetime(2030, 5, 1, 18, tzinfo=UTC), time_zone="UTC"),
    ],
    ids=["band", "gig"],
)
def test_what_is_saved_twice_at_once_gets_two_addresses(
    made: Callable[[], models.Model], committed: Organization
) -> None:
    def save(_number: int) -> str:
        try:
            with tenant_context(committed):
                row = made()
                row.save()
                return str(row.slug)  # type: ignore[attr-defined]
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        slugs = list(pool.map(save, range(AT_ONCE)))

    first = min(slugs, key=len)
    assert sorted(slugs) == sorted([first, *(f"{first}-{number}" for number in range(2, AT_ONCE + 1))])


def test_what_breaks_another_rule_is_still_refused(in_alice_portal: Portal) -> None:
    Genre.objects.create(name="Ska")

    with pytest.raises(IntegrityError, match="name_key"):
        Genre.objects.create(name="ska")


@pytest.mark.parametrize(
    ("language", "slug"), [("de", "unterwoessener-musikgruesse"), ("en", "unterwossener-musikgrusse")]
)
def test_a_german_portal_spells_out_what_has_dots(language: str, slug: str, in_alice_portal: Portal) -> None:
    name = unicodedata.normalize("NFD", "Unterwössener Musikgrüße")
    old = Band.objects.create(name=name, slug="unterwossen")
    in_alice_portal.organization.language = language
    with tenant_context(in_alice_portal.organization):
        assert Band.objects.create(name=name).slug == slug
        assert Genre.objects.create(name=name).slug == slug
        old.save()
        assert old.slug == "unterwossen"
