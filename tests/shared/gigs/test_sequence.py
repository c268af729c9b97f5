"""A gig counts what calendars must know of, whoever changes it and however."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from bandstand.gigs.models import Gig
from bandstand.venues.models import Venue
from tests.conftest import Portal
from tests.factories.gigs import GigFactory


def _saved(gig: Gig) -> None:
    gig.starts_at += timedelta(hours=1)
    gig.save()


def _in_bulk(gig: Gig) -> None:
    gig.town = "Elsewhere"
    Gig.objects.bulk_update([gig], ["town"])


CHANGES: dict[str, Callable[[Gig], object]] = {
    "saved": _saved,
    "in bulk": _in_bulk,
    "by a query": lambda gig: Gig.objects.filter(pk=gig.pk).update(status=Gig.Status.CANCELLED),
    "with its venue": lambda gig: Venue.objects.update(name="Another name"),
    "zone": lambda gig: Gig.objects.filter(pk=gig.pk).update(time_zone="America/New_York"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_it_counts_changes_of_when_and_where(in_alice_portal: Portal, change: Callable[[Gig], object]) -> None:
    gig = GigFactory(time_zone="Europe/Berlin")
    assert Gig.objects.get().sequence == 0

    change(gig)

    assert Gig.objects.get().sequence == 1


def test_it_counts_nothing_else(in_alice_portal: Portal) -> None:
    gig = GigFactory()
    gig.title, gig.notes, gig.price = "Another title", "Other notes", "free"
    gig.save()

    assert Gig.objects.get().sequence == 0


def test_who_read_it_before_takes_nothing_back(in_alice_portal: Portal) -> None:
    GigFactory()
    early, late = Gig.objects.get(), Gig.objects.get()
    _saved(late)
    _saved(late)
    early.refresh_from_db(fields=["starts_at"])

    early.title = "Another title"
    early.save()

    assert Gig.objects.get().sequence >= 2
