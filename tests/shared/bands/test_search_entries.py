"""The entry that a band is found by: written once where many rows of it are written, and as it is by each row alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from django_tenants.utils import tenant_context

from bandstand.bands.models import Band, Member
from bandstand.content.search_entries import SearchEntry, entries_refreshed_at_end
from bandstand.gigs.models import Gig
from tests.conftest import Portal
from tests.factories.bands import BandFactory, GenreFactory
from tests.importing import import_through

BANDS, PEOPLE = 8, 24
ROWS = "name,town,genres,members\n" + "".join(
    f'Band {number},Hof,"Polka, Ska","Anna {number} (bass); Ben {number} (drums); Cleo {number}"\n'
    for number in range(BANDS)
)


@pytest.fixture(autouse=True)
def portal(in_alice_portal: Portal) -> Iterator[Portal]:
    """Alice's portal, entered; its genres have lower numbers than its members: by them the words stand in order."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER SEQUENCE bands_member_id_seq RESTART WITH 1000000")
    return in_alice_portal


def entries_written() -> int:
    """Return how many versions of search entries this transaction wrote so far."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n_tup_ins + n_tup_upd FROM pg_stat_xact_user_tables"
            " WHERE schemaname = current_schema() AND relname = 'content_searchentry'"
        )
        return int(cursor.fetchone()[0])


def words_of(row: Band | Gig) -> str:
    return SearchEntry.objects.of(row).get().words


def test_an_import_writes_each_bands_entry_once(portal: Portal) -> None:
    before = entries_written()

    done = import_through(subject="bands", content=ROWS, by=portal.user())

    assert done.added == BANDS
    assert entries_written() - before == BANDS + PEOPLE
    assert words_of(Band.objects.get(name="Band 3")) == "band 3 polka ska anna 3 ben 3 cleo 3 hof"


def test_an_import_writes_each_gigs_entry_once_however_many_bands_play(portal: Portal) -> None:
    import_through(subject="bands", content=ROWS, by=portal.user())
    before = entries_written()
    line_ups = ("Band 1; Band 2; Band 3", "Band 4")
    gigs = "starts at,venue,town,bands\n" + "".join(
        f"2031-01-0{day} 20:00,Hall,Hof,{bands}\n" for day, bands in enumerate(line_ups, start=1)
    )

    done = import_through(subject="gigs", content=gigs, by=portal.user())

    assert done.added == 2
    assert entries_written() - before == 2 * 2 + 1  # gigs, for the team and, without drafts, for all; and their venue
    assert words_of(Gig.objects.earliest("starts_at")) == "band 1 band 2 band 3 hall hof"


def test_an_import_that_changes_them_does_so_too(portal: Portal) -> None:
    import_through(subject="bands", content=ROWS, by=portal.user())
    before = entries_written()

    done = import_through(subject="bands", content=ROWS.replace("Ska", "Dub").replace("Ben", "Bob"), by=portal.user())

    assert done.changed == BANDS
    assert entries_written() - before == BANDS + BANDS, "each has a new member, who is somebody new"
    assert words_of(Band.objects.get(name="Band 3")) == "band 3 polka dub anna 3 cleo 3 bob 3 hof"


def test_the_entry_is_the_one_that_rows_by_themselves_leave() -> None:
    def made() -> Band:
        band = BandFactory.create(name="Kirchenchor", town="Hof", slug=f"choir-{Band.objects.count()}")
        band.genres.add(genre)
        Member.objects.create(band=band, name="Cleo")
        Member.objects.filter(pk=Member.objects.create(band=band, name="Ann").pk).update(name="Zoë")
        Member.objects.create(band=band, name="Gone").delete()
        return band

    genre = GenreFactory.create(name="Polka")
    alone = made()
    with entries_refreshed_at_end():
        together = made()
        genre.name = "Barock"
        genre.save()
        assert words_of(alone) == "kirchenchor polka cleo zoe hof", "nothing is refreshed before the end"

    assert words_of(together) == words_of(alone) == "kirchenchor barock cleo zoe hof"


def test_a_band_that_goes_meanwhile_leaves_no_entry() -> None:
    with entries_refreshed_at_end():
        band = BandFactory.create()
        Band.objects.filter(pk=band.pk).delete()

    assert not SearchEntry.objects.filter(object_id=band.pk).exists()


def test_what_waits_is_taken_back_with_the_rows() -> None:
    band = BandFactory.create(name="Before")

    with pytest.raises(RuntimeError), entries_refreshed_at_end():
        Band.objects.filter(pk=band.pk).update(name="Meanwhile")
        raise RuntimeError
    with entries_refreshed_at_end():
        kept = BandFactory.create(name="Kept")
        with pytest.raises(RuntimeError), transaction.atomic():
            Band.objects.filter(pk=band.pk).update(name="Meanwhile")
            raise RuntimeError

    assert words_of(band).startswith("before")
    assert words_of(kept).startswith("kept")
    Band.objects.filter(pk=band.pk).update(name="Afterwards")
    assert words_of(band).startswith("afterwards"), "and each row counts at once again"


def test_another_portals_bands_do_not_wait(charlie_portal: Portal) -> None:
    with entries_refreshed_at_end(), tenant_context(charlie_portal.organization):
        assert words_of(BandFactory.create(name="Elsewhere")).startswith("elsewhere")
