"""Names of rows are unique as readers tell them apart, whoever writes them."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from importlib import import_module

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from bandstand.audit.models import Act, Entry
from bandstand.bands.models import Genre, Instrument
from bandstand.bands.naming import named_rows
from bandstand.content.named import Named, NameKeyField
from bandstand.content.names import name_key
from bandstand.content.values import split_names
from tests.conftest import Portal
from tests.shared.bands.names_of_the_world import NAMES

FILL = import_module("bandstand.bands.migrations.0006_name_keys").FILL
pytestmark = pytest.mark.usefixtures("in_alice_portal")

KINDS = [model for model in apps.get_models() if issubclass(model, Named)]


def renamed_by_sql(kind: type[Named], pk: int, name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {kind._meta.db_table} SET name = %s WHERE id = %s", [name, pk])


def saved(kind: type[Named], pk: int, name: str) -> None:
    row = kind._default_manager.get(pk=pk)
    row.name = name  # type: ignore[attr-defined]
    row.save()


def saved_alone(kind: type[Named], pk: int, name: str) -> None:
    row = kind._default_manager.get(pk=pk)
    row.name = name  # type: ignore[attr-defined]
    row.save(update_fields=["name"])


def bulk_updated(kind: type[Named], pk: int, name: str) -> None:
    row = kind._default_manager.get(pk=pk)
    row.name = name  # type: ignore[attr-defined]
    kind._default_manager.bulk_update([row], ["name"])


WAYS = [
    saved,
    saved_alone,
    bulk_updated,
    renamed_by_sql,
    lambda kind, pk, name: kind._default_manager.filter(pk=pk).update(name=name),
]


def test_every_model_with_a_key_of_names_is_among_them() -> None:
    keyed = {model for model in apps.get_models() if any(isinstance(f, NameKeyField) for f in model._meta.fields)}
    assert keyed == set(KINDS) == {Genre, Instrument}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rename", WAYS)
def test_no_way_of_renaming_forgets_the_key(kind: type[Named], rename: Callable[[type[Named], int, str], None]) -> None:
    row = kind._default_manager.create(name="Doom")

    rename(kind, row.pk, "KİRCHE")

    row.refresh_from_db()
    assert row.name_key == "kirche"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rename", WAYS)
def test_no_way_of_renaming_makes_two_of_a_name(
    kind: type[Named], rename: Callable[[type[Named], int, str], None]
) -> None:
    kind._default_manager.create(name="kirche")
    row = kind._default_manager.create(name="Doom")

    with pytest.raises(IntegrityError), transaction.atomic():
        rename(kind, row.pk, "KİRCHE")


def test_rows_made_in_bulk_and_by_old_code_have_keys() -> None:
    Genre.objects.bulk_create([Genre(name="ＲＯＣＫ", slug="rock")])
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO bands_genre (name, slug) VALUES ('Straße', 'strasse')")

    assert set(Genre.objects.values_list("name_key", flat=True)) == {"rock", "strasse"}
    with pytest.raises(IntegrityError), transaction.atomic():
        Genre.objects.bulk_create([Genre(name="STRASSE", slug="strasse-2")])


def test_a_form_says_that_a_name_is_taken() -> None:
    Genre.objects.create(name="kirche")

    with pytest.raises(ValidationError, match="A genre with this name already exists"):
        Genre(name="KİRCHE").full_clean()
    with pytest.raises(ValidationError, match="no visible"):
        Genre(name="\u200b").full_clean()


def test_genres_typed_twice_become_one_row() -> None:
    names = split_names("kirche, KİRCHE, Straße, STRASSE")

    rows = named_rows(Genre, [*names, "Kirche"])

    assert [row.name for row in rows] == ["kirche", "Straße", "kirche"]


@pytest.fixture
def as_before(in_alice_portal: Portal) -> None:
    """The tables as rows of the release before stand in them when the migration comes."""
    with connection.cursor() as cursor:
        for kind in KINDS:
            table = kind._meta.db_table
            cursor.execute(f"DROP TRIGGER {table}_name_key ON {table}")


@pytest.mark.usefixtures("as_before")
def test_existing_names_that_read_alike_get_a_number_and_a_line_in_the_log() -> None:
    with connection.cursor() as cursor:
        for number, name in enumerate(["kirche", "KİRCHE", "Kirche\u200b", "KİRCHE (2)", "Jazz", "\u200b", "⁠"]):
            cursor.execute("INSERT INTO bands_genre (name, slug) VALUES (%s, %s)", [name, f"genre-{number}"])
        cursor.execute(FILL)

    assert list(Genre.objects.order_by("pk").values_list("name", flat=True)) == [
        *("kirche", "KİRCHE (3)", "Kirche\u200b (4)", "KİRCHE (2)", "Jazz", "\u200b", "⁠ (2)")
    ]
    assert all(genre.name_key == name_key(genre.name) for genre in Genre.objects.all())
    assert list(Entry.objects.filter(act=Act.RENAMED).order_by("pk").values_list("target", "detail")) == [
        *(("KİRCHE", "KİRCHE (3)"), ("Kirche\u200b", "Kirche\u200b (4)"), ("⁠", "⁠ (2)"))
    ]
    with pytest.raises(IntegrityError), transaction.atomic():
        Genre.objects.filter(name="Jazz").update(name="KIRCHE")


@pytest.mark.usefixtures("as_before")
def test_the_longest_name_keeps_its_place_for_the_number() -> None:
    with connection.cursor() as cursor:
        for name in ["X" * 60, "x" * 60]:
            cursor.execute("INSERT INTO bands_instrument (name) VALUES (%s)", [name])
        cursor.execute(FILL)

    assert list(Instrument.objects.order_by("pk").values_list("name", flat=True)) == ["X" * 60, f"{'x' * 50} (2)"]


def in_sql(texts: list[str]) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT public.name_key(t) FROM unnest(%s::text[]) WITH ORDINALITY AS u (t, n) ORDER BY n", [texts]
        )
        return [key for (key,) in cursor.fetchall()]


def test_sql_folds_each_letter_as_python_does() -> None:
    codes = [*range(1, 0x3400), *range(0xA000, 0xAC10), *range(0xD7A0, 0xD800), *range(0xF900, 0x12000)]
    letters = [
        *(
            f"A{chr(code)}b"
            for code in [*codes, *range(0x16A00, 0x17000), *range(0x1D000, 0x1FB00), *range(0xE0000, 0xE0200)]
        ),
        *(name for names in NAMES.values() for name in names),
    ]
    known = [text for text in letters if all(unicodedata.category(letter) != "Cn" for letter in text)]

    differing = [text for text, key in zip(known, in_sql(known), strict=True) if key != name_key(text)]

    assert differing == []


@settings(max_examples=50)
@given(
    st.lists(
        st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cs", "Cn"])),
        max_size=30,
    )
)
def test_sql_folds_any_text_as_python_does(texts: list[str]) -> None:
    assert in_sql(texts) == [name_key(text) for text in texts]
