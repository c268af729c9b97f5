"""Versions of texts in other languages: stored, found, exported and imported, for every kind that has some."""

from __future__ import annotations

import json
import zipfile
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from bandstand.bands.models import Band
from bandstand.content.kinds import kinds_of
from bandstand.content.searched import Searched
from bandstand.content.searching import having_words
from bandstand.content.shown_language import showing_in
from bandstand.content.translated import MOST_BYTES, Translated, name_for_version, read_versions
from bandstand.portals.exporting import organization_export
from bandstand.portals.models import PortalSettings
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory
from tests.shared.imports.test_reading import preview, problems, table, take_in
from tests.web.test_page_languages import KINDS, speak, translated, words

ALL = [*KINDS, PortalSettings]
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(autouse=True)
def portal(in_alice_portal: Portal) -> Portal:
    return in_alice_portal


@pytest.mark.parametrize("model", [*kinds_of(Translated)])
def test_fields_are_texts_of_limited_length_in_order(model: Any) -> None:
    fields = [model._meta.get_field(name) for name in model.translated_fields]

    assert model.translated_fields == tuple(sorted(model.translated_fields)) != ()
    fields = [field for field in fields if field.editable]  # a page's words follow from its blocks, which have a bound
    assert all(field.get_internal_type() in {"CharField", "TextField"} and field.max_length for field in fields)
    # In every language, each letter the largest that UTF-8 and JSON know.
    longest = sum(4 * field.max_length + 50 for field in fields) * (len(settings.LANGUAGES) - 1)
    assert longest < MOST_BYTES


@pytest.mark.parametrize("model", ALL)
@pytest.mark.parametrize("value", ["[]", '"de"', json.dumps({"de": {"name": "x" * MOST_BYTES}})])
def test_the_database_refuses_what_is_no_object_or_too_large(model: Any, value: str) -> None:
    row = translated(model) if model in KINDS else model.objects.current()

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {model._meta.db_table} SET translations = %s WHERE id = %s", [value, row.pk])


@given(value=ANY_JSON)
def test_whatever_is_stored_can_be_read_and_only_versions_are_accepted(value: Any) -> None:
    for stored in (value, {"de": value}, {"de": {"name": value}}):
        read = read_versions(stored)
        assert all(isinstance(text, str) and text for texts in read.values() for text in texts.values())
        band = Band(name="Reeds", slug="reeds", translations=stored)
        try:
            band.clean_fields()
        except ValidationError:
            pass
        else:
            assert (stored or {}) == read
        band.show_in("de")
        assert isinstance(band.name, str)


@pytest.mark.parametrize(
    "versions",
    [
        {"xx": {"name": "Unknown language"}},
        {"de": {"slug": "not-a-text"}},
        {"de": {"name": ""}},
        {"de": {"name": "x" * 121}},
        {"de": {"name": "two\x00"}},
        {"de": {}, "fr": []},
    ],
)
def test_a_version_is_what_its_field_could_be(versions: Any) -> None:
    band = BandFactory.build(slug="reeds", translations=versions)

    with pytest.raises(ValidationError):
        band.clean_fields()


@pytest.mark.parametrize("model", [model for model in KINDS if issubclass(model, Searched)])
def test_rows_are_found_by_all_their_languages(model: Any) -> None:
    row = translated(model)
    own = [name for paths in model.found_by.values() for name in paths if name in model.translated_fields]
    assert own

    for name in own:
        for language in ("english", "german"):
            assert list(having_words(model.objects.all(), words(model, language)[name])) == [row]


def test_gigs_are_found_by_the_names_of_their_bands_in_all_languages() -> None:
    gig = GigFactory(bands=[band := BandFactory()])
    band.translations = {"de": {"name": "Rohrblatt"}}
    band.save()

    assert list(having_words(type(gig).objects.all(), "rohrblatt")) == [gig]


def test_visitors_see_results_in_the_language_of_the_address(portal: Portal) -> None:
    speak("de")
    versions = {"de": {"name": "Rohrblatt", "biography": "Wind von hinten"}}
    BandFactory(name="Reeds", biography="Wind", translations=versions)

    german = portal.client().get("/de/search/?q=wind").content.decode()

    assert "Rohrblatt" in german
    assert "von hinten" in german
    assert "Reeds" not in german


@pytest.mark.parametrize("model", ALL)
def test_the_owners_copy_has_all_languages(model: Any, portal: Portal) -> None:
    row = translated(model) if model in KINDS else model.objects.current()
    row.translations = {"de": words(model, "german")}
    row.save()

    with organization_export(portal.organization) as file, zipfile.ZipFile(file) as archive:
        about = model._meta
        [found] = [
            each["fields"]["translations"]
            for each in json.loads(archive.read(f"{about.app_label}/{about.model_name}.json"))
            if each["pk"] == row.pk
        ]

    assert found == {"de": words(model, "german")}


@pytest.mark.parametrize("subject", ["bands", "tours"])
def test_spreadsheets_have_a_column_for_each_text_and_language(subject: str, portal: Portal) -> None:
    speak("de")
    model = next(each for each in KINDS if each._meta.app_label == subject)
    columns = [name_for_version(name, "de") for name in model.translated_fields]
    row = translated(model)

    rows = table("|".join(["slug", *columns]), [row.slug, *(f"new {name}" for name in columns)])

    shown = take_in(portal, subject, rows)

    assert (shown.added, shown.changed) == (0, 1)
    row.refresh_from_db()
    assert row.translations == {"de": {name: f"new {name_for_version(name, 'de')}" for name in model.translated_fields}}
    emptied = take_in(portal, subject, table(f"slug|{columns[0]}", [row.slug, ""]))
    assert emptied.changed == 1
    row.refresh_from_db()
    assert model.translated_fields[0] not in row.translations["de"]


def test_an_import_says_which_version_is_too_long_and_knows_no_other_languages(portal: Portal) -> None:
    speak("de")

    shown = preview("bands", table("name|name:de", ["Reeds", "x" * 121]))
    other = preview("bands", table("name|name:fr", ["Reeds", "Anches"]))

    assert problems(shown) == ["Name (German): at most 120 characters."]
    assert other.preview
    assert other.preview["unknown"] == ["name:fr"]


def test_shown_rows_are_read_in_one_go() -> None:
    band = BandFactory(name="Reeds", translations={"de": {"name": "Rohrblatt"}})
    with showing_in("de"):
        assert [str(each) for each in Band.objects.for_posters()] == ["Rohrblatt"]
        assert Band.objects.get(pk=band.pk).language_of("biography") == "en"
