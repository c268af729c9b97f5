"""How gigs find their venue, whoever writes them: with the venue in the trash, deleted for good, and two at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction
from django_tenants.utils import tenant_context
from pytest_django.plugin import DjangoDbBlocker

from bandstand.bands.models import Band
from bandstand.content.changes import Change
from bandstand.content.trashed import purge
from bandstand.gigs.appearances import Appearance
from bandstand.gigs.models import Gig
from bandstand.venues.models import Venue
from tests.conftest import Portal, _portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory
from tests.waiting import wait_until

BY_OLD_CODE = (
    "INSERT INTO gigs_gig (title, slug, venue, address, town, starts_at, time_zone, status, ticket_url,"
    " price, notes, is_published, created_at, updated_at)"
    " VALUES (%s, %s, %s, '', 'Hof', now(), 'UTC', 'scheduled', '', '', '', false, now(), now())"
)
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"


def place_of(gig: Gig) -> int | None:
    return Gig._base_manager.values_list("place_id", flat=True).get(pk=gig.pk)


@pytest.mark.usefixtures("in_alice_portal")
class TestTrash:
    def test_gigs_written_meanwhile_are_there_when_the_venue_is_brought_back(self) -> None:
        gig = GigFactory(venue="Hall", town="Hof")
        venue = Venue.objects.get()
        venue.move_to_trash()

        with connection.cursor() as cursor:
            cursor.execute(BY_OLD_CODE, ["Old code", "old-code", "HALL"])
        GigFactory(venue="hall", town="hof")
        moved = GigFactory(venue="Cellar", town="Hof")
        moved.venue = "Hall"
        moved.save()
        gig.notes = "Bring a chair."
        gig.save()

        assert [each.name for each in Venue.objects.all()] == ["Cellar"], "no second one"
        Venue.in_trash().bring_back()
        assert venue.gigs.count() == 4

    def test_deleted_for_good_it_leaves_gigs_with_their_words(self) -> None:
        gigs = [GigFactory(venue="Hall", town="Hof"), GigFactory(venue="Hall", town="Hof")]
        other = GigFactory(venue="Cellar", town="Hof")
        venue = Venue.objects.get(name="Hall")
        venue.move_to_trash()

        assert purge(venue)
        connection.check_constraints()
        assert [place_of(gig) for gig in gigs] == [None, None]
        assert place_of(other) is not None

        gig = Gig.objects.get(pk=gigs[0].pk)
        gig.notes = "Still on."
        gig.save()
        assert place_of(gig) is None, "saving a gig doesn't bring a venue back"
        gig.venue = "The Hall"
        gig.save()
        assert place_of(gig) == Venue.objects.get(name="The Hall").pk

    def test_without_the_trash_it_can_be_deleted_too(self) -> None:
        gig = GigFactory(venue="Hall", town="Hof")
        Venue.objects.all().delete()
        connection.check_constraints()
        assert place_of(gig) is None

    def test_gigs_in_the_trash_are_not_counted(self) -> None:
        GigFactory(venue="Hall", town="Hof").move_to_trash()
        GigFactory(venue="Hall", town="Hof")
        assert Venue.objects.with_gig_count().get().gig_count == 1

    def test_a_stale_gig_keeps_its_venue_and_its_history(self) -> None:
        gig = GigFactory(venue="Hall", town="Hof")  # as Django made it, it doesn't know its venue
        Change.objects.all().delete()
        gig.save()
        assert place_of(gig) == Venue.objects.get().pk
        assert not Change.objects.exists(), "what the texts say isn't told twice"


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Portal]:
    with django_db_blocker.unblock():
        portal = _portal("alice")
        with tenant_context(portal.organization):
            yield portal
            for model in (Gig, Venue, Band):
                model.objects.all().delete()
            Change.objects.all().delete()
        connection.set_schema_to_public()
        connection.close()


def at_once(first: Callable[[], Any], second: Callable[[], Any], *, further: Callable[[], Any] = lambda: None) -> Any:
    """Run `second` in another session while `first` isn't committed; once it waits, `further` belongs to the first."""
    tenant = connection.tenant

    def other() -> Any:
        connection.set_tenant(tenant)
        try:
            with transaction.atomic():
                return second()
        finally:
            connection.close()

    def is_waited_for() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(WAITING)
            return bool(cursor.fetchone()[0])

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            first()
            sent = pool.submit(other)
            wait_until(lambda: is_waited_for() or sent.done())
            further()
        return sent.result(30)


def test_two_gigs_at_once_make_one_venue(committed: Portal) -> None:
    at_once(
        lambda: GigFactory(venue="Hall", town="Hof"),
        lambda: GigFactory(venue="HALL", town="hof"),
    )
    assert Venue.objects.with_gig_count().get().gig_count == 2


def test_two_gigs_moved_at_once_make_one_venue(committed: Portal) -> None:
    gigs = [GigFactory(venue="Cellar", town="Hof"), GigFactory(venue="Cellar", town="Hof")]

    def move(gig: Gig) -> None:
        gig.venue = "Hall"
        gig.save()

    at_once(lambda: move(gigs[0]), lambda: move(gigs[1]))
    assert Venue.objects.with_gig_count().get(name="Hall").gig_count == 2


def test_a_line_up_and_its_gig_stored_by_two_at_once_do_not_block_each_other(committed: Portal) -> None:
    """A BEFORE UPDATE trigger on gigs would: each would wait for the other's line-up."""
    gig, bands = GigFactory(venue="Cellar", town="Hof"), [BandFactory(), BandFactory()]

    def play(band: Band) -> None:
        Appearance.objects.create(gig=gig, band=band)
        connection.check_constraints()

    def rename() -> None:
        mine = Gig.objects.get(pk=gig.pk)
        mine.venue = "Hall"
        mine.save()

    def second() -> None:
        play(bands[1])
        rename()

    play_and_rename = (lambda: play(bands[0]), second)
    at_once(*play_and_rename, further=rename)
    assert gig.appearances.count() == 2
    assert place_of(gig) == Venue.objects.get(name="Hall").pk


def test_a_venue_and_its_gig_changed_at_once(committed: Portal) -> None:
    gig = GigFactory(venue="Hall", town="Hof")

    def change_venue() -> None:
        venue = Venue.objects.select_for_update().get()
        venue.name = "Grand Hall"
        venue.save()

    def change_gig() -> None:
        mine = Gig.objects.select_for_update().get(pk=gig.pk)
        mine.notes = "Bring a chair."
        mine.save()

    at_once(change_venue, change_gig)
    gig.refresh_from_db()
    assert (gig.venue, gig.notes, gig.place_id) == ("Grand Hall", "Bring a chair.", Venue.objects.get().pk)
