"""Batches become rows, once, within bounds; and rows become sums."""

from __future__ import annotations

from datetime import date, timedelta

from django_tenants.utils import tenant_context

from bandstand.numbers.keeping import added, batch_keep
from bandstand.numbers.models import KEPT, MOST_KEYS, CountedDay, CountKind
from bandstand.numbers.summing import sums_of
from bandstand.numbers.tallies import Batch
from tests.conftest import Portal

TODAY = date(2027, 3, 1)


def test_a_batch_is_added_once(in_alice_portal: Portal, charlie_portal: Portal) -> None:
    first = Batch("1", {("page", "/"): 2, ("referrer", "example.org"): 1})
    second = Batch("2", {("page", "/"): 3, ("page", "/gigs/"): 1})

    assert [batch_keep(day=TODAY, batch=batch) for batch in (first, first, second, second)] == [
        True,
        False,
        True,
        False,
    ]

    assert CountedDay.objects.get().counts == {"page": {"/": 5, "/gigs/": 1}, "referrer": {"example.org": 1}}
    with tenant_context(charlie_portal.organization):
        assert not CountedDay.objects.exists()


def test_a_day_keeps_the_most_frequent_and_the_sum_of_the_others() -> None:
    most = MOST_KEYS[CountKind.PAGE]
    counts = {("page", f"/{number}/"): number for number in range(1, most + 4)} | {("page", ""): 10}

    kept = added({}, counts)["page"]

    assert len(kept) == most + 1
    assert kept[""] == 10 + 1 + 2 + 3
    assert sum(kept.values()) == sum(counts.values())


def test_who_types_is_counted_for_the_last_word_alone() -> None:
    before = {"search": {"kon": 1, "harp": 2}}
    later = {("search", "kontra"): 1, ("search", "kontrabass"): 1, ("search", "bass"): 1}

    assert added(before, later)["search"] == {"harp": 2, "kontrabass": 1, "bass": 1}


def test_subscribers_are_as_many_as_a_program_said_last() -> None:
    kept = added({"subscribers": {"Feedly /gigs.atom": 40}}, {("subscribers", "Feedly /gigs.atom"): 42})

    assert kept == {"subscribers": {"Feedly /gigs.atom": 42}}


def test_what_another_release_counts_is_left_out() -> None:
    assert added({}, {("moonlight", "/"): 3, ("page", "/"): 1}) == {"page": {"/": 1}}


def test_sums_have_no_gaps(in_alice_portal: Portal) -> None:
    for ago, pages in ((0, {"/": 2}), (2, {"/": 1, "/gigs/": 5}), (30, {"/": 100})):
        counts = {"page": pages, "subscribers": {"Feedly /gigs.atom": 40 + ago}, "robot": {"": 7}}
        CountedDay.objects.create(day=TODAY - timedelta(days=ago), counts=counts)

    sums = sums_of(last=TODAY, days=30)

    assert len(sums.by_day) == 30
    assert sums.by_day[-3:] == [(date(2027, 2, 27), 6), (date(2027, 2, 28), 0), (TODAY, 2)]
    assert (sums.visits, sums.most) == (8, 6)
    assert sums.kinds[CountKind.PAGE] == [("/gigs/", 5), ("/", 3)]
    assert sums.kinds[CountKind.SUBSCRIBERS] == [("Feedly /gigs.atom", 42)]
    assert sums.total(CountKind.ROBOT) == 14
    assert sums_of(last=TODAY - timedelta(days=400), days=30).is_empty


def test_days_are_forgotten_after_two_years(in_alice_portal: Portal) -> None:
    for days in (KEPT.days, KEPT.days + 1):
        CountedDay.objects.create(day=TODAY - timedelta(days=days), counts={"page": {"/": 1}})

    assert CountedDay.objects.forget(TODAY) == 1
    assert CountedDay.objects.get().day == TODAY - KEPT
