"""Export of bands and gigs in the admin, and the way from there to the one import that there is."""

from __future__ import annotations

import io
import re

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.bands.models import Band, Genre
from bandstand.gigs.models import Gig
from bandstand_worker import registry
from tests.conftest import Portal
from tests.factories.bands import BandFactory, BandLinkFactory, MemberFactory
from tests.factories.gigs import GigFactory
from tests.worker.conftest import Bystander, WorkOff, bystander, executor, ledger, work_off

__all__ = ["Bystander", "bystander", "executor", "ledger", "work_off"]

DANGEROUS = ["=1+2", "+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\tx", "'=quoted", "''"]


@pytest.fixture(autouse=True)
def _handlers() -> None:
    registry.load_handlers()


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


def bring_back(client: Client, subject: str, content: bytes, work_off: WorkOff) -> None:
    """Import what was exported: hand it in, have it read, confirm, have it stored."""
    file = SimpleUploadedFile("rows", content)
    page = client.post("/backstage/imports/add/", {"subject": subject, "file": file})["Location"]
    work_off()
    client.post(f"{page}confirm/")
    work_off()
    assert "Every row was imported." in client.get(page).content.decode()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_it_brings_bands_back_as_they_were(kind: str, alice: Client, alice_portal: Portal, work_off: WorkOff) -> None:
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
    bring_back(alice, "bands", content, work_off)
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
def test_it_brings_gigs_back_with_their_line_up_and_clock(
    kind: str, alice: Client, alice_portal: Portal, work_off: WorkOff
) -> None:
    with tenant_context(alice_portal.organization):
        opener, headliner = BandFactory(name="Opener"), BandFactory(name="Headliner")
        gig = GigFactory(bands=[headliner, opener], time_zone="America/New_York", notes="=1")
        start = gig.starts_at.replace(second=0, microsecond=0)
        Gig.objects.update(starts_at=start)
    content = export(alice, "gigs/gig", kind)
    with tenant_context(alice_portal.organization):
        Gig.objects.all().delete()
    bring_back(alice, "gigs", content, work_off)
    with tenant_context(alice_portal.organization):
        back = Gig.objects.get()
        assert (back.slug, back.starts_at, back.notes) == (gig.slug, start, "=1")
        assert back.line_up == [headliner, opener]


def test_it_brings_members_and_links_back(alice: Client, alice_portal: Portal, work_off: WorkOff) -> None:
    with tenant_context(alice_portal.organization):
        band = BandFactory(name="Mo", slug="mo")
        MemberFactory(band=band, name="Prince (TAFKAP)", since=1984, until=1999, instruments=["guitar", "voice"])
        MemberFactory(band=band, name="Blink 182")
        BandLinkFactory(band=band, label="Web; site", url="https://mo.example/a;b?c=d,e")
        was = shape(band)
    content = export(alice, "bands/band", "csv")
    with tenant_context(alice_portal.organization):
        band.delete()

    bring_back(alice, "bands", content, work_off)

    with tenant_context(alice_portal.organization):
        assert shape(Band.objects.get(slug="mo")) == was


def shape(band: Band) -> tuple[object, ...]:
    members = [
        (each.name, each.since, each.until, sorted(played.name for played in each.instruments.all()))
        for each in band.members.order_by("name")
    ]
    return members, list(band.links.values_list("label", "url"))


@pytest.mark.parametrize(("path", "subject"), [("bands/band", "bands"), ("gigs/gig", "gigs")])
def test_it_leads_to_the_one_import_with_its_preview(path: str, subject: str, alice_portal: Portal) -> None:
    link = f'href="/backstage/imports/add/?of={subject}"'

    for role, may in ((roles.OWNER, True), (roles.EDITOR, True), (roles.MEMBER, False)):
        page = alice_portal.client_of(role).get(f"/admin/{path}/")
        assert (link in page.content.decode()) is may, role
    file = SimpleUploadedFile("rows.csv", b"name\nMo\n")
    asked = alice_portal.client_of(roles.OWNER).post(f"/admin/{path}/import/", {"import_file": file})
    assert asked.status_code in {302, 404}  # the admin takes it for the number of a row that isn't there
    with tenant_context(alice_portal.organization):
        assert not Band.objects.exists()
