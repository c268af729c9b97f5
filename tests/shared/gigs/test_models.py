from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from bandstand.gigs.line_up import line_up_set
from bandstand.gigs.models import Gig
from bandstand.gigs.next_gigs import next_gigs
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory, PastGigFactory

pytestmark = pytest.mark.usefixtures("in_alice_portal")


def test_it_tells_upcoming_from_past() -> None:
    past, later, soon = PastGigFactory(), GigFactory(), GigFactory(starts_at=timezone.now() + timedelta(days=1))
    assert list(Gig.objects.upcoming()) == [soon, later]
    assert list(Gig.objects.past()) == [past]


def test_it_keeps_a_gig_that_may_still_go_on_among_the_upcoming() -> None:
    gig = GigFactory(starts_at=timezone.now() - timedelta(hours=2))
    assert list(Gig.objects.upcoming()) == [gig]
    assert not gig.is_past


def test_it_shows_the_time_of_the_place() -> None:
    gig = GigFactory(starts_at=datetime(2027, 6, 1, 18, 30, tzinfo=UTC), time_zone="Asia/Tokyo")
    assert f"{gig.local_start:%Y-%m-%d %H:%M}" == "2027-06-02 03:30"
    assert gig.slug.startswith("2027-06-02-")


def test_it_refuses_a_zone_that_is_none() -> None:
    with pytest.raises(ValidationError) as refused:
        GigFactory.build(time_zone="Mars/Olympus").full_clean()
    assert "time_zone" in refused.value.message_dict


def test_it_refuses_doors_after_the_start() -> None:
    start = timezone.now()
    with pytest.raises(IntegrityError), transaction.atomic():
        GigFactory(starts_at=start, doors_at=start + timedelta(minutes=1))


def test_it_keeps_addresses_apart() -> None:
    first, second = (GigFactory(venue="SO36", starts_at=datetime(2027, 1, 1, 20, tzinfo=UTC)) for _gig in range(2))
    assert (first.slug, second.slug) == ("2027-01-01-so36-berlin", "2027-01-01-so36-berlin-2")


def test_it_keeps_the_running_order() -> None:
    opener, headliner = BandFactory(name="Opener"), BandFactory(name="Headliner")
    gig = GigFactory(bands=[opener, headliner])
    assert gig.headline == "Opener and Headliner"
    line_up_set(gig=gig, bands=[headliner, opener])
    assert gig.line_up == [headliner, opener]
    line_up_set(gig=gig, bands=[opener])
    assert gig.line_up == [opener]


def test_it_finds_each_bands_next_gig_in_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    one, other, idle = BandFactory(), BandFactory(), BandFactory()
    GigFactory(bands=[one], starts_at=timezone.now() + timedelta(days=1), status=Gig.Status.CANCELLED)
    GigFactory(bands=[one], starts_at=timezone.now() + timedelta(days=1), is_published=False)
    soon = GigFactory(bands=[one, other], starts_at=timezone.now() + timedelta(days=2))
    GigFactory(bands=[one])
    PastGigFactory(bands=[idle])
    with django_assert_num_queries(1):
        assert next_gigs([one, other, idle]) == {one.pk: soon, other.pk: soon}


def test_it_lists_gigs_in_two_queries(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for _gig in range(4):
        GigFactory(bands=[BandFactory(), BandFactory()])
    with django_assert_num_queries(2):
        assert [len(gig.line_up) for gig in Gig.objects.upcoming().for_listing()] == [2] * 4
