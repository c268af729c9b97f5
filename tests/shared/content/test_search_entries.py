"""What rows of all kinds are found by: declared by the kind, kept by the database, whoever writes."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, models

from bandstand.bands.models import Band
from bandstand.content.kinds import kinds_of
from bandstand.content.search_entries import SearchEntry, entries_refreshed_at_end
from bandstand.content.search_sources import sources_of
from bandstand.content.searched import Searched
from bandstand.content.searching import best_matches, having_words
from bandstand.gigs.appearances import Appearance
from bandstand.gigs.models import Gig
from bandstand.polls.models import Choice, Question
from bandstand.tours.models import Tour
from bandstand.venues.models import Venue
from tests.conftest import Portal
from tests.factories.bands import BandFactory, MemberFactory
from tests.factories.gigs import GigFactory
from tests.factories.polls import ChoiceFactory, QuestionFactory
from tests.factories.tours import TourFactory
from tests.factories.venues import VenueFactory
from tests.shared.bands.names_of_the_world import NAMES

MADE: dict[Any, tuple[Any, str]] = {
    Gig: (GigFactory, "title"),
    Question: (QuestionFactory, "text"),
    Tour: (TourFactory, "name"),
    Venue: (VenueFactory, "name"),
}


@pytest.fixture(autouse=True)
def portal(in_alice_portal: Portal) -> Iterator[Portal]:
    return in_alice_portal


def words_of(row: models.Model) -> str:
    return SearchEntry.objects.of(row).get().words


def run(sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else []


def test_tables_have_the_triggers_that_their_kinds_declare() -> None:
    """They are made anew as declared, and are the same as before."""

    def triggers() -> list[tuple[Any, ...]]:
        return run(
            "SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger"
            " WHERE tgfoid = 'public.search_entry_keep'::regproc"
            " AND tgrelid IN (SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace)"
            " ORDER BY 1, 2"
        )

    connection.check_constraints()
    before = triggers()
    declared = [sources_of(model) for model in kinds_of(Searched)]
    for sources in declared:
        for table, statement in sources.triggers().items():
            run(f"DROP TRIGGER {sources.trigger} ON {table}")
            run(statement)

    assert triggers() == before
    assert len(before) == sum(len(sources.triggers()) for sources in declared) >= 10


def test_functions_in_public_know_no_kind() -> None:
    found = dict(run("SELECT proname, prosrc FROM pg_proc WHERE proname ~ '^search_entr' AND prokind = 'f'"))
    tables = [model._meta.db_table for model in kinds_of(Searched)]

    assert {"search_entry_keep", "search_entries_write"} <= set(found)
    assert [name for name, text in found.items() if any(table in text for table in tables)] == []


@pytest.mark.parametrize(
    "found_by", [{"A": ("formed__name",)}, {"A": ("name", "photo__alt")}, {"B": ("genres__name",)}]
)
def test_what_triggers_can_not_watch_is_refused(found_by: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Band, "found_by", found_by)

    with pytest.raises((ImproperlyConfigured, AttributeError)):
        sources_of(Band)


def test_each_kind_is_found_by_what_it_declares() -> None:
    band = BandFactory(name="Löwenzahn")
    gig = GigFactory(title="Tanz in den Mai", venue="Kulturbahnhof", town="Łódź", bands=[band])
    poll = QuestionFactory(text="Wer spielt zuletzt?", choices=["Die Ärzte", "R.E.M."])
    venue = VenueFactory(name="Café Zentral", street="Große Straße 7", town="Besançon")

    for row, queries in {
        gig: ("tanz mai", "LOWENZAHN", "kultur", "bahnhof", "lodz", "zahn lodz"),
        poll: ("zuletzt", "arzte", "rem", "R.E.M", "spielt rzt"),
        venue: ("cafe", "zentral besancon", "strasse", "GROSSE", "7"),
    }.items():
        rows = type(row)._default_manager.all()
        assert [query for query in queries if list(having_words(rows, query)) != [row]] == []
        assert list(having_words(rows, "tanz elsewhere")) == []
        assert list(best_matches(rows, queries[0])) == [row]


@pytest.mark.parametrize("number", range(3), ids=["gigs", "polls", "venues"])
def test_names_of_all_scripts_are_found_by_a_part_of_a_word(number: int) -> None:
    names = [name for names in NAMES.values() for name in names[number::3]]
    kind, (factory, field) = list(MADE.items())[number]
    rows = {name: factory(**{field: name}) for name in names}

    def part(name: str) -> str:
        longest = max(unicodedata.normalize("NFKC", name).split(), key=len)
        return longest[1:] if len(longest) > 4 else longest

    found = {name: list(having_words(kind.objects.all(), part(name).upper())) for name in names}
    assert [name for name in names if rows[name] not in found[name]] == []
    assert sum(map(len, found.values())) < 2 * len(names), "and hardly any others"


def test_entries_follow_every_change_of_parts_and_links() -> None:
    first, second = BandFactory(name="Eins"), BandFactory(name="Zwei")
    gig, other = GigFactory(title="Night", bands=[first, second]), GigFactory(title="Day", bands=[first])
    assert words_of(gig) == "night eins zwei berlin" + f" {gig.venue.lower()}"

    Band.objects.filter(pk=first.pk).update(name="Drei")
    assert [words_of(each).split()[1] for each in (gig, other)] == ["drei", "drei"]
    Appearance.objects.filter(gig=gig, band=second).update(gig=other)
    assert "zwei" not in words_of(gig)
    assert words_of(other).startswith("day drei zwei")
    Appearance.objects.filter(gig=other).delete()
    assert words_of(other).startswith("day berlin")

    poll, another = QuestionFactory(text="Who?", choices=["Ann", "Ben"]), QuestionFactory(text="What?", choices=[])
    Choice.objects.filter(text="Ben").update(question=another)
    assert (words_of(poll), words_of(another)) == ("who ann", "what ben")
    Choice.objects.filter(text="Ann").update(text="Änne")
    assert words_of(poll) == "who anne"


def test_a_gig_is_not_found_by_a_band_in_the_trash() -> None:
    band = BandFactory(name="Goldcrest")
    gig = GigFactory(title="Night", bands=[band])

    band.move_to_trash()
    assert list(having_words(Gig.objects.all(), "goldcrest")) == []
    Band.in_trash().bring_back()
    assert list(having_words(Gig.objects.all(), "goldcrest")) == [gig]


def test_what_is_in_the_trash_is_not_found_and_comes_back() -> None:
    for row in (GigFactory(title="Tubas"), QuestionFactory(text="Tubas"), VenueFactory(name="Tubas")):
        model: Any = type(row)
        row.move_to_trash()
        assert not having_words(model.objects.all(), "tuba").exists()
        model.in_trash().bring_back()
        assert having_words(model.objects.all(), "tuba").get() == row


def test_an_entry_goes_with_its_row_whoever_deletes_it() -> None:
    rows: list[Any] = [BandFactory(), GigFactory(), QuestionFactory(), VenueFactory()]
    assert all(SearchEntry.objects.of(row).exists() for row in rows)
    kept = GigFactory()

    for row in rows[:3]:
        type(row).objects.filter(pk=row.pk).delete()
    run("DELETE FROM venues_venue WHERE id = %s", rows[3].pk)

    assert not any(SearchEntry.objects.of(row).exists() for row in rows)
    assert SearchEntry.objects.of(kept).exists()


def test_kinds_with_the_same_number_are_told_apart() -> None:
    gig, poll = GigFactory(pk=90_001, title="Tanz"), QuestionFactory(pk=90_001, text="Tanz?")

    gig.delete()

    assert not SearchEntry.objects.of(gig).exists()
    assert words_of(poll).startswith("tanz")


def test_a_batch_of_several_kinds_writes_each_entry_once_at_its_end() -> None:
    before = run(
        "SELECT n_tup_ins + n_tup_upd FROM pg_stat_xact_user_tables WHERE relid = 'content_searchentry'::regclass"
    )
    with entries_refreshed_at_end():
        band = BandFactory(name="Eins")
        MemberFactory(band=band, name="Anna")
        gig = GigFactory(title="Night", venue="Hall", bands=[band, BandFactory(name="Zwei")])
        poll = QuestionFactory(text="Who?", choices=["Ann", "Ben"])
        Band.objects.filter(pk=band.pk).update(name="Drei")
        ChoiceFactory(question=QuestionFactory(pk=90_002)).question.delete()
        assert not SearchEntry.objects.exists()

    after = run(
        "SELECT n_tup_ins + n_tup_upd FROM pg_stat_xact_user_tables WHERE relid = 'content_searchentry'::regclass"
    )
    assert after[0][0] - (before[0][0] if before else 0) == SearchEntry.objects.count() == 6
    assert words_of(band) == "drei anna"
    assert words_of(gig) == "night drei zwei berlin hall"
    assert words_of(poll) == "who ann ben"
