"""Control characters get in nowhere, and what stands there already stops nothing."""

from __future__ import annotations

import csv
import io
import json
import re

import openpyxl
import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from hypothesis import given
from hypothesis import strategies as st

from bandstand.accounts import roles
from bandstand.bands.models import Band, Genre, Instrument, Member
from bandstand.content.plain_text import clean_text, one_line
from bandstand.gigs.models import Gig
from bandstand.spreadsheets.cells import from_cell
from tests.conftest import Portal
from tests.factories.bands import BandFactory, MemberFactory
from tests.factories.gigs import GigFactory

DIRT = "\x07\x0b\x00\x1f\x7f\x9b\u202e\u2066\ufffe\ufeff\ud800"
DIRTY = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\ud800-\udfff]")


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        (f"a{DIRT}b", "a\nb"),
        ("one\r\ntwo\rthree\x0bfour\u2028five\n", "one\ntwo\nthree\nfour\nfive\n"),
        ("tab\tand \u00a0 space", "tab\tand \u00a0 space"),
        (
            "\N{MAN}\u200d\N{WOMAN} می\u200cخواهم \u200fabc\u200e",
            "\N{MAN}\u200d\N{WOMAN} می\u200cخواهم \u200fabc\u200e",
        ),
    ],
)
def test_it_removes_what_nobody_sees_and_keeps_what_people_write(text: str, clean: str) -> None:
    assert clean_text(text) == clean


@given(st.text(alphabet=st.characters(exclude_categories=[])))
def test_clean_text_stays_as_it_is_and_can_be_stored(text: str) -> None:
    clean = clean_text(text)
    assert clean_text(clean) == clean
    assert not DIRTY.search(clean)
    clean.encode()
    assert "\n" not in one_line(text)


def text_fields() -> list[models.Field]:
    """Return all fields of ours that hold text as it is given."""
    return [
        field
        for model in apps.get_models()
        if model.__module__.startswith("bandstand.")
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField | ArrayField) and field.max_length != 0
    ]


@pytest.mark.usefixtures("in_alice_portal")
def test_no_text_of_any_model_goes_to_the_database_uncleaned() -> None:
    """Each field's value as a statement's parameter: the way of save, bulk_create, update and raw SQL."""
    fields = [field for field in text_fields() if field.get_internal_type() in {"CharField", "TextField", "SlugField"}]
    assert len(fields) > 60
    for field in fields:
        value = field.get_db_prep_save(f"a{DIRT}b", connection)
        if type(field).__module__.startswith("bandstand.encryption"):
            continue  # stored as letters and digits
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::text, (%s::text[])[1]", [value, [value]])
            assert cursor.fetchone() == ("a\nb", "a\nb"), field


@pytest.mark.usefixtures("in_alice_portal")
def test_no_way_of_writing_stores_them() -> None:
    band = BandFactory(name=f"Bad{DIRT}Seeds", biography=f"x{DIRT}y\r\nz")
    Band.objects.bulk_create([Band(name=f"Bulk{DIRT}y", slug="bulk")])
    Genre.objects.create(name=f"Doom{DIRT}")
    Instrument.objects.bulk_create([Instrument(name=f"Tuba{DIRT}")])
    Band.objects.filter(pk=band.pk).update(town=f"Kiel{DIRT}")
    MemberFactory(band=band, name=f"Nick{DIRT}")

    band.refresh_from_db()
    written = [band.name, band.biography, band.town, Band.objects.get(slug="bulk").name, Member.objects.get().name]
    assert written == ["Bad\nSeeds", "x\ny\nz", "Kiel\n", "Bulk\ny", "Nick\n"]
    assert [*Genre.objects.values_list("name", flat=True)] == ["Doom\n"]
    assert [*Genre.objects.values_list("name_key", flat=True)] == ["doom"]


def test_the_backstage_takes_what_word_processors_leave(alice_portal: Portal, in_alice_portal: Portal) -> None:
    values = {f"{prefix}-{name}_FORMS": "0" for prefix in ("members", "links") for name in ("TOTAL", "INITIAL")}
    answer = alice_portal.client_of(roles.OWNER).post(
        "/backstage/bands/add/",
        {**values, "name": "Bad\x07 Seeds", "biography": "one\x0btwo\r\nthree", "genre_names": "Do\x07om, \u202eDoom"},
    )

    assert answer.status_code == 302
    band = Band.objects.get()
    assert [band.name, band.biography, band.slug] == ["Bad Seeds", "one\ntwo\nthree", "bad-seeds"]
    assert [genre.name for genre in band.genres.all()] == ["Doom"]


def test_a_name_of_control_characters_is_no_name(alice_portal: Portal, in_alice_portal: Portal) -> None:
    values = {f"{prefix}-{name}_FORMS": "0" for prefix in ("members", "links") for name in ("TOTAL", "INITIAL")}
    answer = alice_portal.client_of(roles.OWNER).post("/backstage/bands/add/", {**values, "name": "\x07\x0b"})

    assert answer.status_code == 422
    assert not Band.objects.exists()


@pytest.mark.parametrize(("length", "status"), [(2000, 302), (2001, 422)])
def test_a_newline_counts_once_as_in_the_browser(
    length: int, status: int, alice_portal: Portal, in_alice_portal: Portal
) -> None:
    line = "x" * 9 + "\r\n"
    notes = line * 199 + "x" * (length - 1990)
    values = {
        "venue": "SO36",
        "town": "Berlin",
        "time_zone": "UTC",
        "starts_at": "2030-05-01T20:30",
        "status": "scheduled",
    }

    answer = alice_portal.client_of(roles.OWNER).post(
        "/backstage/gigs/add/", {**values, "starts_at": "2030-05-01T20:30", "notes": notes}
    )

    assert len(notes) > 2000
    assert answer.status_code == status
    assert list(Gig.objects.values_list("notes", flat=True)) == [notes.replace("\r\n", "\n")][: status == 302]


def test_parameters_of_addresses_are_cleaned(alice_portal: Portal, in_alice_portal: Portal) -> None:
    BandFactory(name="Motörhead")

    answer = alice_portal.client().get("/search/", {"q": "mot\x07ör\u202ehead"})

    assert "Motörhead" in answer.content.decode()


def stored_before(table: str, column: str, pk: int, text: str) -> None:
    """Write `text` as the release before did: past the cleaning."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {column} = {'||'.join(f'chr({ord(letter)})' for letter in text)} WHERE id = {pk}"
        )


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_exports_hold_what_was_stored_before(kind: str, alice_portal: Portal, in_alice_portal: Portal) -> None:
    band = BandFactory(name="Old", biography="x")
    stored_before("bands_band", "biography", band.pk, "Rock & Roll\x07\x0b\x1b\ufffe!")
    client = alice_portal.client_of(roles.OWNER)

    answer = client.post("/admin/bands/band/export/", {"format": {"csv": "0", "xlsx": "1"}[kind], "resource": "0"})

    assert answer.status_code == 200
    if kind == "xlsx":
        rows = list(openpyxl.load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))
    else:
        rows = list(csv.reader(io.StringIO(answer.content.decode(), newline="")))
    assert any("Rock & Roll\n!" in [str(cell) for cell in row] for row in rows)


def test_calendars_and_descriptions_hold_plain_text(alice_portal: Portal, in_alice_portal: Portal) -> None:
    band = BandFactory(name="Rock & Roll", biography="Rock & Roll <3")
    gig = GigFactory(title="Rock & Roll", venue="Kling & Klang", notes="Rock & Roll, *free*", bands=[band])
    stored_before("gigs_gig", "title", gig.pk, "Rock & \x07\x0bRoll\n!")
    client = alice_portal.client()

    calendar = client.get(f"/gigs/{gig.slug}.ics").content.decode()
    page = client.get(band.get_absolute_url()).content.decode()
    gig_page = client.get(gig.get_absolute_url()).content.decode()

    assert "SUMMARY:Rock & Roll !\r\n" in calendar
    assert "DESCRIPTION:Rock & Roll\\, free\r\n" in calendar
    assert not DIRTY.search(calendar.replace("\r\n", "\n"))
    assert '<meta name="description" content="Rock &amp; Roll &lt;3">' in page
    data = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', page)[1])  # type: ignore[index]
    assert (data["name"], data["description"]) == ("Rock & Roll", "Rock & Roll <3")
    data = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', gig_page)[1])  # type: ignore[index]
    assert data["name"] == "Rock & Roll !"
    assert "&amp;amp;" not in page + gig_page


def test_cells_are_read_without_them() -> None:
    assert from_cell(f"Bad{DIRT}Seeds") == "Bad\nSeeds"
