from __future__ import annotations

import factory
import pytest
from django.db import connection
from django_tenants.utils import tenant_context
from pytest_django import DjangoAssertNumQueries

from bandstand.bands.models import Band, Genre
from bandstand.content.search_entries import SearchEntry
from bandstand.content.searching import best_matches
from tests.conftest import Portal
from tests.factories.bands import BandFactory, MemberFactory

_ENTRIES = """
    FROM bands_band band JOIN content_searchentry entry ON entry.kind = 'bands.band' AND entry.object_id = band.id
    CROSS JOIN LATERAL (
        SELECT sum(word_similarity(word, entry.words)) AS every, min(word_similarity(word, entry.words)) AS least
        FROM unnest(%(words)s::text[]) AS asked, public.search_fold(asked) AS word
    ) AS likeness
"""
_RANKS = f"""
    SELECT band.name, likeness.every + cardinality(%(words)s::text[])
        * coalesce(ts_rank(entry.vector, public.search_beginnings(VARIADIC %(words)s::text[])), 0) {_ENTRIES}
"""
_ALIKE = f"SELECT band.name {_ENTRIES} WHERE likeness.least >= 0.4 ORDER BY likeness.every DESC, band.name"

pytestmark = pytest.mark.usefixtures("in_alice_portal")


def found(query: str) -> list[str]:
    return [band.name for band in best_matches(Band.objects.published(), query)]


@pytest.fixture
def motorhead(in_alice_portal: Portal) -> Band:
    band = BandFactory(name="Motörhead", town="London", genres=["Heavy Metal"])
    MemberFactory(band=band, name="Lemmy Kilmister")
    BandFactory(name="Die Ärzte", town="Berlin", genres=["Punk"])
    BandFactory(name="Kapela ze Wsi", town="Łódź")
    return band


@pytest.mark.usefixtures("motorhead")
@pytest.mark.parametrize(
    "query",
    ["motorhead", "MOTÖRHEAD", "moto", "motorhaed", "motoerhead", "lemmy", "heavy met", "london", "kilmister metal"],
)
def test_it_finds_by_name_genre_member_and_town(query: str) -> None:
    assert found(query) == ["Motörhead"]


@pytest.mark.usefixtures("motorhead")
def test_it_finds_letters_that_only_the_database_can_fold() -> None:
    assert found("lodz") == ["Kapela ze Wsi"]


@pytest.mark.parametrize(
    ("name", "query"), [("Ö Ya Só", "oyaso"), ("N. W. A.", "nwa"), ("ガ ガ ガ", "ガガガ"), ("Ab Cd", "abcd")]
)
def test_it_finds_words_that_somebody_writes_as_one(name: str, query: str) -> None:
    BandFactory(name=name)
    BandFactory(name="Nobody Else")

    assert found(query) == [name]


@pytest.mark.usefixtures("motorhead")
def test_it_wants_every_word_to_match() -> None:
    assert found("metal berlin") == []


def test_it_puts_the_name_before_the_town() -> None:
    BandFactory(name="Kapelle", town="Berlin")
    BandFactory(name="Berlin")
    assert found("berlin") == ["Berlin", "Kapelle"]


@pytest.mark.usefixtures("motorhead")
def test_it_offers_the_likest_where_nothing_matches_well() -> None:
    assert found("motohaed") == ["Motörhead"]


@pytest.mark.usefixtures("motorhead")
@pytest.mark.parametrize(
    "query",
    ["'", "\\", "& | ! :* <->", "\N{MODIFIER LETTER APOSTROPHE}n", "⑴ ½", "\x01", "a" * 5000, "%", "\ud800", "\0"],
)
def test_it_takes_anything_typed(query: str) -> None:
    assert isinstance(found(query), list)


def test_it_shows_everything_for_an_empty_query() -> None:
    BandFactory()
    assert len(found("  ")) == 1


def test_it_leaves_drafts_out() -> None:
    BandFactory(name="Secret", is_published=False)
    assert found("secret") == []


def test_it_follows_every_change(motorhead: Band) -> None:
    Genre.objects.filter(name="Heavy Metal").update(name="Skiffle")
    assert found("skiffle") == ["Motörhead"]
    motorhead.members.update(name="Fast Eddie")
    assert found("eddie") == ["Motörhead"]
    assert found("kilmister") == []
    motorhead.genres.clear()
    assert found("skiffle") == []
    Band.objects.filter(pk=motorhead.pk).update(name="Girlschool")
    assert found("girlschool") == ["Girlschool"]


def test_it_forgets_a_deleted_band(motorhead: Band) -> None:
    motorhead.delete()
    assert not SearchEntry.objects.filter(words__contains="motorhead").exists()


def test_it_works_whatever_the_search_path_of_the_writer_is(in_alice_portal: Portal, motorhead: Band) -> None:
    schema = in_alice_portal.organization.schema_name
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL search_path TO pg_catalog")
        cursor.execute(f"UPDATE {schema}.bands_band SET name = 'Hawkwind' WHERE id = %s", [motorhead.pk])
        cursor.execute("SHOW search_path")
        assert cursor.fetchone() == ("pg_catalog",)
        cursor.execute(f"SET LOCAL search_path TO {schema}, public")
    assert found("hawkwind") == ["Hawkwind"]


def test_it_keeps_two_portals_apart_that_write_in_turn(alice_portal: Portal, charlie_portal: Portal) -> None:
    """Both call the same functions on one connection, more often than PostgreSQL plans a statement anew."""
    portals = {"alice": alice_portal, "charlie": charlie_portal}
    for number in range(8):
        for name, portal in portals.items():
            with tenant_context(portal.organization):
                MemberFactory(band=BandFactory(name=f"{name} {number}"), name=f"member of {name}")

    for name, portal in portals.items():
        with tenant_context(portal.organization):
            words = dict(SearchEntry.objects.of_kind(Band).values_list("object_id", "words"))
            entries = [(band.name, words[band.pk]) for band in Band.objects.all()]
        assert len(entries) == 8
        assert all(band.startswith(name) and f"member of {name}" in words for band, words in entries)


@pytest.mark.usefixtures("motorhead")
def test_it_costs_two_queries_at_most(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(2):
        found("motorhead")
    with django_assert_num_queries(2):
        found("motohaed")


def test_it_ranks_by_what_the_database_calls_likeness() -> None:
    """Where a word or its beginning stands in the texts, it isn't asked, and says the same."""
    names = ["Motor", "Motorhead", "Motörhead Orchestra", "Moto", "The Motorists", "A Mötor", "Motohaed", "Motrohead"]
    BandFactory.create_batch(len(names), name=factory.Iterator(names), town="", genres=[])

    for query in ("motor", "moto", "motorhead", "motörhead", "motorists", "the motor"):
        ranks = {band.name: band.rank for band in best_matches(Band.objects.all(), query)}  # type: ignore[attr-defined]
        with connection.cursor() as cursor:
            cursor.execute(_RANKS, {"words": query.split()})
            asked = dict(cursor.fetchall())
        assert ranks == {name: pytest.approx(asked[name], abs=1e-6) for name in ranks}
        assert ranks


@pytest.mark.parametrize("query", ["motohaed", "mtrohead", "motohaed orchetsra", "xylophone"])
def test_it_offers_all_that_are_alike_and_nothing_else(query: str) -> None:
    for name in ("Motörhead", "Motorhead Orchestra", "Moto Hade", "Die Ärzte", "Orchestra"):
        BandFactory(name=name, town="", genres=[])
    with connection.cursor() as cursor:
        cursor.execute(_ALIKE, {"words": query.split()})
        alike = [name for (name,) in cursor.fetchall()]

    with connection.cursor() as cursor:
        assert found(query) == alike
        cursor.execute("SHOW pg_trgm.word_similarity_threshold")
        assert cursor.fetchone() == ("0.6",)


def test_it_finds_what_is_alike_by_the_index() -> None:
    BandFactory(name="Motörhead")
    Band.objects.bulk_create(Band(name=f"Band {number}", slug=f"band-{number}") for number in range(500))
    scans = "SELECT pg_stat_get_xact_numscans('search_entry_words'::regclass)"
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE content_searchentry")  # what is planned mustn't depend on what was there before
        for way in ("seqscan", "indexscan"):  # which 500 rows don't forbid themselves
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute(scans)
        (before,) = cursor.fetchone()
        cursor.execute("SELECT public.search_alike('bands.band', 0.4, 'motohaed')")
        assert "0.44" in cursor.fetchone()[0]
        cursor.execute(scans)
        assert cursor.fetchone() == (before + 1,)


def test_it_can_use_both_indexes() -> None:
    BandFactory(name="Motörhead")
    Band.objects.bulk_create(Band(name=f"Band {number}", slug=f"band-{number}") for number in range(500))
    matching = best_matches(Band.objects.order_by(), "motorhead").order_by().values("pk")
    with connection.cursor() as cursor:
        for way in ("seqscan", "indexscan", "mergejoin", "hashjoin"):  # which 500 rows don't forbid themselves
            cursor.execute(f"SET LOCAL enable_{way} = off")
    plan = matching.explain()
    assert "search_entry_vector" in plan
    assert "search_entry_words" in plan
