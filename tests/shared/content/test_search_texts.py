"""Running texts are found by their words, whatever stands in them; and visitors don't find by what is hidden."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from bandstand.bands.models import Band
from bandstand.content.one_search import FIRST, SHOWN, search_among
from bandstand.content.search_entries import SearchEntry
from bandstand.content.searching import having_words
from bandstand.gigs.models import Gig
from bandstand.news.models import Post
from bandstand.people.models import Person
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory
from tests.factories.news import PostFactory
from tests.factories.people import PersonFactory
from tests.shared.bands.names_of_the_world import NAMES

pytestmark = pytest.mark.usefixtures("in_alice_portal")


def asked(sql: str, *parameters: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchone()


def found(query: str, *, for_visitors: bool = True) -> list[str]:
    kinds = [Band.objects.published(), Gig.objects.published(), Post.objects.published()]
    keys = search_among(query, kinds, for_visitors=for_visitors).keys()
    return [str(kind._default_manager.get(pk=key)) for kind, key in keys[:20]]


@pytest.mark.parametrize(
    "text",
    ["a" * 40_000, "ä" * 30_000, "漢" * 20_000, "x-" * 20_000, "'\\" * 9000, "a" * 2047 + " b", "\U00010400" * 9000],
)
def test_words_of_any_length_are_stored_and_found_by_their_beginning(text: str) -> None:
    post = PostFactory(title=text[:140], summary=text[:300], text=text)

    assert SearchEntry.objects.of(post).exists()
    assert having_words(Post.objects.all(), text[:20]).get() == post


@pytest.mark.parametrize("weight", ["A", "D"])
@pytest.mark.parametrize("letter", ["a", "ä", "\U00010400", "'", "\\"])
def test_no_word_is_too_long_for_an_entry(weight: str, letter: str) -> None:
    text = letter * 3000 + " b " + letter * 3000

    assert asked("SELECT length(vector::tsvector) > 0 FROM public.search_texts(%s, %s)", text, weight) == (True,)


def test_a_text_is_found_by_its_words_and_not_by_its_markup() -> None:
    text = (
        "# Zwölf *Tuben*\n\n[Konzert](https://hidden.example/path) in **R.E.M.**-Laune ![Bühne](picture:12-34) 東京公演"
    )
    post = PostFactory(title="Post", text=text)

    for query in ("zwolf", "tuben", "konz", "rem", "laune", "buhne", "東京", "京公", "tuben konzert"):
        assert list(having_words(Post.objects.all(), query)) == [post], query
    for query in ("hidden", "path", "12", "uben"):
        assert list(having_words(Post.objects.all(), query)) == [], query


def test_names_are_folded_as_before() -> None:
    names = [name for each in NAMES.values() for name in each]
    differing = asked(
        "SELECT array_agg(name) FROM unnest(%s::text[]) AS name, public.search_parts(name, 'A') AS before,"
        " public.search_texts(name, 'A') AS after"
        " WHERE before.words <> after.words OR before.vector::tsvector <> after.vector::tsvector",
        names,
    )

    assert differing == (None,)


def test_visitors_find_no_gig_by_a_private_place_nor_by_something_like_it() -> None:
    gig = GigFactory(title="Wedding", venue="Geheimsaal", town="Verstecktingen", is_private=True)
    PostFactory(title="Something else")

    for query in ("geheimsaal", "verstecktingen", "geheimsal", "versteckingen", "wedding geheimsaal"):
        assert found(query) == [], query
        assert found(query, for_visitors=False) == ["Wedding"], query
    assert found("wedding") == ["Wedding"]

    Gig.objects.filter(pk=gig.pk).update(is_private=False)
    assert found("geheimsaal") == ["Wedding"]
    assert not SearchEntry.objects.filter(kind__endswith=SHOWN).exists()


def test_visitors_find_nothing_by_a_band_that_is_a_draft() -> None:
    draft, known = BandFactory(name="Heimlichtuer", is_published=False), BandFactory(name="Tubas")
    gig = GigFactory(title="Night", bands=[draft, known])
    PostFactory(title="Studio", bands=[draft])

    assert found("heimlichtuer") == []
    assert found("heimlichtuher") == []
    assert found("tubas") == ["Tubas", "Night"]
    assert found("heimlichtuer", for_visitors=False) == ["Night", "Studio"]

    draft.publish()
    draft.save()
    assert found("heimlichtuer") == ["Heimlichtuer", "Night", "Studio"]
    draft.move_to_trash()
    assert found("heimlichtuer") == []
    gig.delete()
    assert not SearchEntry.objects.filter(kind=f"gigs.gig{SHOWN}").exists()


def test_what_is_searched_for_stands_first_if_it_is_a_name() -> None:
    BandFactory(name="Rock am Berg", town="Rock")
    PostFactory(title="Rock", text="rock " * 50)
    BandFactory(name="Rockband")
    PostFactory(title="Other", text="rock and rock")

    assert found("rock") == ["Rock", "Rock am Berg", "Rockband", "Other"]
    assert found("ROCK am Berg") == ["Rock am Berg"]


def test_every_name_stands_first_if_it_is_searched_for() -> None:
    names = [name for each in NAMES.values() for name in each]
    for name in names:
        BandFactory(name=f"{name} {name}", town="")
        BandFactory(name=name, town="")
        BandFactory(name=f"The {name}", town="")

    for name in names:
        (first, *_others) = found(name)
        assert asked("SELECT public.search_fold(%s) = public.search_fold(%s)", first, name) == (True,), name


def test_a_name_that_is_sorted_by_another_stands_first_too() -> None:
    PersonFactory(name="Zoe Abel", sort_name="Abel, Zoe")
    PersonFactory(name="Abel", sort_name="Zoe")
    PersonFactory(name="Abel Zoe", sort_name="")

    keys = search_among("abel", [Person.objects.all()], for_visitors=False).keys()
    assert str(Person.objects.get(pk=keys[:1][0][1])) == "Abel"


def test_it_tells_the_numbers_of_all_kinds_and_any_part_of_the_rows() -> None:
    for number in range(FIRST + 5):
        BandFactory(name=f"Tubas {number:02}", town="", genres=[])
    PostFactory(title="Tubas")
    kinds = [Band.objects.published(), Gig.objects.none(), Post.objects.published()]

    answer = search_among("tubas", kinds, for_visitors=True)

    assert answer.counts == {Band: FIRST + 5, Post: 1}
    every = [*answer.keys()[:FIRST], *answer.keys()[FIRST : FIRST * 2]]
    assert answer.keys()[: FIRST * 2] == every
    assert every[0][0] is Post
    assert every[1:] == answer.keys(Band)[: FIRST * 2]
    assert answer.keys(Band)[3:5] == every[4:6]
    assert answer.keys(Post)[:FIRST] == every[:1]
    assert answer.keys(Gig)[:FIRST] == []
    assert search_among("tubas", [Gig.objects.none()], for_visitors=True).total == 0


def test_it_costs_one_query_and_one_for_each_further_page(django_assert_num_queries: Any) -> None:
    BandFactory.create_batch(FIRST + 1, name="Tubas")
    kinds = [Band.objects.published(), Gig.objects.published(), Post.objects.published()]

    with django_assert_num_queries(1):
        keys = search_among("tubas", kinds, for_visitors=True).keys()
        assert keys[:FIRST]
    with django_assert_num_queries(1):
        assert keys[FIRST:]
    with django_assert_num_queries(3):
        assert search_among("tubbbas", kinds, for_visitors=True).keys()[:FIRST]
