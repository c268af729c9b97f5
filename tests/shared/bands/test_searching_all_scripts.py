"""Every name is found as it is written, and as people type it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
from django.db import connection

from bandstand.accounts import roles
from bandstand.bands.models import Band
from bandstand.content.searching import best_matches
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory
from tests.shared.bands.names_of_the_world import NAMES

pytestmark = pytest.mark.usefixtures("in_alice_portal")


def without_accents(text: str) -> str:
    """As text without combining marks is often made, though Hangul falls apart and kana change by it."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))


def without_marks(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if unicodedata.category(c) != "Mn"))


def without_dots(text: str) -> str:
    return text.translate(dict.fromkeys(map(ord, ".·・。")))


def found(query: str, limit: int = 48) -> list[str]:
    return [band.name for band in best_matches(Band.objects.published(), query)[:limit]]


def test_there_are_200_names_in_20_scripts() -> None:
    assert len(NAMES) == 20
    assert len({name for names in NAMES.values() for name in names}) == 200


@pytest.mark.parametrize(
    "write",
    [
        str,
        without_accents,
        *(
            pytest.param(write, marks=pytest.mark.long)
            for write in (
                str.lower,
                str.upper,
                without_marks,
                without_dots,
                lambda text: unicodedata.normalize("NFD", text),
            )
        ),
    ],
    ids=["exact", "accents", "lower", "upper", "marks", "dots", "decomposed"],
)
def test_each_name_is_found(write: Callable[[str], str]) -> None:
    names = [name for names in NAMES.values() for name in names]
    Band.objects.bulk_create(
        Band(name=name, slug=f"band-{number}", is_published=True) for number, name in enumerate(names)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE bands_band, content_searchentry")  # as autovacuum does a minute after such an import

    assert [name for name in names if name not in found(write(name))] == []


@pytest.mark.parametrize(
    ("name", "query"),
    [
        *(
            ("N.W.A", "NWA"),
            ("NWA", "N.W.A"),
            ("NWA", "N. W. A."),
            ("R.E.M.", "rem"),
            ("AC/DC", "ac dc"),
            ("AC/DC", "dc"),
        ),
        *(("Daft Punk", "daftpunk"), ("Guns N’ Roses", "guns n' roses"), ("Hip-Hop", "hip hop"), ("Hip Hop", "hiphop")),
        *(
            ("한음밴드", "음밴"),
            ("はっぴいえんど", "えんど"),
            ("五月天", "月"),
            ("คาราบาว", "บาว"),
            ("Motörhead", "head"),
        ),
        *(
            ("Simon & Garfunkel", "simon garfunkel"),
            ("Simon & Garfunkel", "Simon + Garfunkel"),
            ("Аквариум", "акварум"),
        ),
        *(("100 % Chevalier", "%"), ("_under_score", "_under"), ("שלום", "שָׁלוֹם"), ("\u200fevil", "evil")),
        *(("\u0301\u0302", "\u0301"), ("x" * 120, "x" * 120), ("ﷺ" * 120, "ﷺ"), ("a " * 60, "a " * 5_000)),
    ],
)
def test_it_is_found_as_people_type_it(name: str, query: str) -> None:
    BandFactory(name=name)
    BandFactory(name="Quartett Vierundzwanzig")

    assert found(query) == [name]


def test_other_kana_are_other_names() -> None:
    BandFactory(name="カカカ")

    assert found("ガガガ") == []


@pytest.mark.parametrize("query", ["%", "_", "%%%", "\\", "a" * 10_000, "' | !", ":*", "\u0301", "&", "\u200d"])
def test_nothing_typed_is_a_pattern_or_an_error(query: str) -> None:
    BandFactory(name="Hafenklang")

    assert found(query) == []


def test_the_count_is_the_true_count(in_alice_portal: Portal) -> None:
    Band.objects.bulk_create(Band(name=f"Berg {n}", slug=f"berg-{n}", is_published=True) for n in range(300))

    first = in_alice_portal.client().get("/search/?q=berg")
    last = in_alice_portal.client().get("/search/?q=berg&page=15")

    assert "300 results" in first.content.decode()
    assert "q=berg&amp;page=2" in first.content.decode()
    assert "300 results" in last.content.decode()
    assert [len(answer.context["page"].object_list) for answer in (first, last)] == [20, 20]


@pytest.mark.parametrize("q", ["ВОЙНА", "ойна", "война"])
def test_the_team_finds_bands_and_gigs_alike(in_alice_portal: Portal, q: str) -> None:
    GigFactory(title="Война и мир", venue="Хафен")
    BandFactory(name="Война")
    BandFactory(name="Other")
    client = in_alice_portal.client_of(roles.OWNER)

    assert "Other" not in client.get("/backstage/bands/", {"q": q}).content.decode()
    assert "Война" in client.get("/backstage/bands/", {"q": q}).content.decode()
    assert "Война и мир" in client.get("/backstage/gigs/", {"q": q}).content.decode()


def test_a_town_is_one_whatever_its_case() -> None:
    band = BandFactory(town="İzmir")

    assert list(Band.objects.from_town("izmir")) == [band]
