"""Running texts are found by their words, whatever stands in them; and visitors don't find by what is hidden."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from bandstand.bands.models import Band
from bandstand.content.one_search import SHOWN, search_among
from bandstand.content.search_entries import SearchEntry
from bandstand.content.searching import having_words
from bandstand.gigs.models import Gig
from bandstand.news.models import Post
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory
from tests.factories.news import PostFactory
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


def test_it_costs_one_query_and_one_for_each_page(django_assert_num_queries: Any) -> None:
    BandFactory(name="Tubas")
    kinds = [Band.objects.published(), Gig.objects.published(), Post.objects.published()]

    with django_assert_num_queries(2):
        assert search_among("tubas", kinds, for_visitors=True).keys()[:20]
    with django_assert_num_queries(4):
        assert search_among("tubbbas", kinds, for_visitors=True).keys()[:20]
