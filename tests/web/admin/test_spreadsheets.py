"""Import and export of bands and gigs in the admin, as a person does it: upload, preview, confirmation."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django_tenants.utils import tenant_context
from pytest_django.asserts import assertContains, assertNotContains

from bandstand.accounts import roles
from bandstand.bands.models import Band, Genre
from bandstand.gigs.models import Gig
from bandstand.spreadsheets import formats
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory

DANGEROUS = ["=1+2", "+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\tx", "'=quoted", "''"]


@pytest.fixture
def alice(alice_portal: Portal) -> Client:
    """Alice's own browser."""
    return alice_portal.client_of(roles.OWNER)


def export(client: Client, what: str, kind: str) -> bytes:
    """Return what the export of `what` gives as CSV or XLSX."""
    number = {"csv": "0", "xlsx": "1"}[kind]
    response = client.post(f"/admin/{what}/export/", {"format": number, "resource": "0"})
    assert response.status_code == 200
    assert "attachment" in response["Content-Disposition"]
    return bytes(response.content)


def preview(client: Client, what: str, content: bytes | str, name: str = "rows.csv") -> Any:
    """Upload `content` and return the page with the preview."""
    data = content.encode() if isinstance(content, str) else content
    response = client.post(f"/admin/{what}/import/", {"import_file": SimpleUploadedFile(name, data), "resource": "0"})
    assert response.status_code == 200
    return response


def confirm(client: Client, what: str, page: Any, **changed: str) -> Any:
    """Confirm the preview and return where that leads."""
    values = {field.name: field.value() or "" for field in page.context["confirm_form"]}
    return client.post(f"/admin/{what}/process_import/", {**values, **changed})


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_it_brings_bands_back_as_they_were(kind: str, alice: Client, alice_portal: Portal) -> None:
    columns = ("slug", "name", "biography", "formed", "country", "can_rock", "town")
    with tenant_context(alice_portal.organization):
        for number, danger in enumerate(DANGEROUS):
            BandFactory(name=f"{danger.strip()} {number}", biography=f"{danger}\nmore", genres=["Doom; Gloom", "Jazz"])
        last = BandFactory(name="1998", formed=1998, country="DE", town="Łódź", can_rock=False, genres=["A; B", "C"])
    content = export(alice, "bands/band", kind)
    with tenant_context(alice_portal.organization):
        wanted = list(Band.objects.order_by("slug").values(*columns))
        Band.objects.all().delete()
        Genre.objects.all().delete()
    response = confirm(alice, "bands/band", preview(alice, "bands/band", content, f"bands.{kind}"))
    assert response.status_code == 302
    with tenant_context(alice_portal.organization):
        assert list(Band.objects.order_by("slug").values(*columns)) == wanted
        assert [genre.name for genre in Band.objects.get(slug=last.slug).genres.all()] == ["A; B", "C"]


def test_it_writes_no_cell_that_a_spreadsheet_program_would_run(alice: Client, alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        for number, danger in enumerate(DANGEROUS[:5]):
            BandFactory(name=f"B{number}", biography=danger, town=danger.strip())
    book = openpyxl.load_workbook(io.BytesIO(export(alice, "bands/band", "xlsx")))
    cells = [cell for row in book.active.iter_rows() for cell in row]
    assert not [cell.value for cell in cells if cell.data_type == "f"]
    assert not [cell.value for cell in cells if isinstance(cell.value, str) and re.match(r"[=+\-@\t\r]", cell.value)]
    assert not re.search(r'(^|,)"?[=+\-@\t]', export(alice, "bands/band", "csv").decode("utf-8-sig"), re.MULTILINE)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_it_brings_gigs_back_with_their_line_up_and_clock(kind: str, alice: Client, alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        opener, headliner = BandFactory(name="Opener"), BandFactory(name="Headliner")
        gig = GigFactory(bands=[headliner, opener], time_zone="America/New_York", notes="=1")
        start = gig.starts_at.replace(second=0, microsecond=0)
        Gig.objects.update(starts_at=start)
    content = export(alice, "gigs/gig", kind)
    with tenant_context(alice_portal.organization):
        Gig.objects.all().delete()
    confirm(alice, "gigs/gig", preview(alice, "gigs/gig", content, f"gigs.{kind}"))
    with tenant_context(alice_portal.organization):
        back = Gig.objects.get()
        assert (back.slug, back.starts_at, back.notes) == (gig.slug, start, "=1")
        assert back.line_up == [headliner, opener]


def test_it_reads_a_time_without_a_zone_on_the_clock_of_the_place(alice: Client, alice_portal: Portal) -> None:
    rows = "venue,town,time_zone,starts_at\nBudokan,Tokyo,Asia/Tokyo,2027-06-01 19:00\n"
    confirm(alice, "gigs/gig", preview(alice, "gigs/gig", rows))
    with tenant_context(alice_portal.organization):
        assert Gig.objects.get().starts_at.isoformat() == "2027-06-01T10:00:00+00:00"


def test_it_changes_nothing_before_the_confirmation(alice: Client, alice_portal: Portal) -> None:
    page = preview(alice, "bands/band", "name\nMotörhead\n")
    assertContains(page, "<ins>Motörhead</ins>")
    with tenant_context(alice_portal.organization):
        assert not Band.objects.exists()


def test_it_shows_what_changes_and_takes_semicolons(alice: Client, alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        BandFactory(name="Silver Beetles", slug="beatles")
    page = preview(alice, "bands/band", "slug;name\nbeatles;Beatles <b>\n")
    assertContains(page, "<del>Silver Beetles</del> <ins>Beatles &lt;b&gt;</ins>")
    assertNotContains(page, "style=")
    confirm(alice, "bands/band", page)
    with tenant_context(alice_portal.organization):
        assert Band.objects.get().name == "Beatles <b>"


def test_it_names_the_row_and_what_to_correct(alice: Client, alice_portal: Portal) -> None:
    rows = "name,formed,ended,country,can_rock\nGood,1970,,DE,1\nBad,soon,,XX,perhaps\nLate,1990,1980,,\n"
    page = preview(alice, "bands/band", rows)
    assert "confirm_form" not in page.context
    assertContains(page, '<th scope="row">2</th>')
    assertContains(page, "formed: Write a year as four digits.")
    assertContains(page, "can_rock: Write 1 for yes or 0 for no.")
    assertContains(page, "country: Value &#x27;XX&#x27; is not a valid choice.")
    assertContains(page, "A band can&#x27;t end before it was formed.")
    with tenant_context(alice_portal.organization):
        assert not Band.objects.exists()


def test_it_names_unknown_bands_and_zones_of_gigs(alice: Client) -> None:
    rows = "venue,town,time_zone,starts_at,bands\nA,B,Mars/Olympus,2027-01-01 20:00,nobody\nA,B,UTC,tomorrow,\n"
    page = preview(alice, "gigs/gig", rows)
    assertContains(page, "bands: No band has the address nobody.")
    assertContains(page, "time_zone: Choose a time zone")
    assertContains(page, "starts_at: Enter a date and time such as 31/12/2027 20:00.")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"name,colour\nA,red\n", "Unknown columns: colour."),
        (b"\xff\xfe\x00", "Please save the file as"),
        (b"PK\x03\x04 broken", "not a workbook that we can read"),
        (b"name,name\nA,B\n", "each once"),
        (b'name\n"open', "not a table that we can read"),
        (b"name\n", "No valid data to import"),
        (b"name\n" + b"x\n" * (formats.MAX_ROWS + 1), "at most 2000 rows"),
        (b"name\n" + b"x" * (formats.MAX_BYTES + 1), "Please choose a file of up to"),
    ],
)
def test_it_says_what_is_wrong_with_a_file(content: bytes, message: str, alice: Client) -> None:
    page = preview(alice, "bands/band", content)
    assertContains(page, message)


def test_it_refuses_a_workbook_that_unpacks_to_too_much(alice: Client) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (formats.MAX_UNPACKED_BYTES + 1))
    assertContains(preview(alice, "bands/band", bomb.getvalue(), "bomb.xlsx"), "unpacks to more")


def test_it_asks_for_the_file_again_when_it_is_gone(alice: Client) -> None:
    page = preview(alice, "bands/band", "name\nMotörhead\n")
    confirm(alice, "bands/band", page)
    response = confirm(alice, "bands/band", page)
    assert response["Location"] == "/admin/bands/band/import/"


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "a" * 32, "x"])
def test_it_reads_no_other_file(name: str, alice: Client) -> None:
    response = confirm(alice, "bands/band", preview(alice, "bands/band", "name\nA\n"), import_file_name=name)
    assert response.status_code in {200, 302}
    assert response.get("Location", "/admin/bands/band/import/") == "/admin/bands/band/import/"


def test_it_keeps_an_upload_to_its_portal(alice: Client, alice_portal: Portal, charlie_portal: Portal) -> None:
    page = preview(alice, "bands/band", "name\nSecret\n")
    confirm(charlie_portal.client_of(roles.OWNER), "bands/band", page)
    for portal in (alice_portal, charlie_portal):
        with tenant_context(portal.organization):
            assert not Band.objects.exists()


@pytest.mark.parametrize(("field", "value"), [("format", "7"), ("format", "x"), ("resource", "9")])
def test_it_takes_any_answer_of_a_browser(field: str, value: str, alice: Client) -> None:
    response = confirm(alice, "bands/band", preview(alice, "bands/band", "name\nA\n"), **{field: value})
    assert response.status_code == 200
