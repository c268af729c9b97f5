"""Attack files, made here: refused with a sentence for people, or rendered harmless. What came is never given out.

They go in through the backstage's own pages and are opened by the worker's own handlers.
"""

from __future__ import annotations

import base64
import io
import re
import resource
import struct
import threading
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django_tenants.utils import tenant_context
from openpyxl import Workbook
from PIL import Image, ImageDraw

from bandstand.accounts import roles
from bandstand.bands.models import Band
from bandstand.imports.models import SpreadsheetImport
from bandstand.jobs.models import Job, State
from bandstand.media.folders import files_below
from bandstand.media.models import Picture
from bandstand.spreadsheets.bounds import MAX_BYTES
from bandstand.spreadsheets.tables import SpreadsheetError
from bandstand_worker import registry
from bandstand_worker.handlers import process_picture
from bandstand_worker.spreadsheet_opening import opened
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.worker.conftest import WorkOff, bystander, executor, ledger, work_off

pytestmark = pytest.mark.slow

__all__ = ["bystander", "executor", "ledger", "work_off"]

SCRIPT = b"<script>alert('upload-canary')</script>"
CANARY = b"upload-canary"
PLACE = "52.520008"
SVG = (
    b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 80 80' onload='alert(1)'>"
    b"<script>alert('upload-canary')</script><circle r='40' onclick='upload-canary'/><desc>upload-canary</desc></svg>"
)


def drawing(content: str, before: str = "") -> bytes:
    return f"{before}<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 80 80'>{content}</svg>".encode()


@pytest.fixture(autouse=True)
def _handlers() -> None:
    registry.load_handlers()


# --- Pictures --------------------------------------------------------------------------------------------------------


def drawn(kind: str, side: int = 80, **options: Any) -> bytes:
    image = Image.new("RGB", (side, side), "tomato")
    ImageDraw.Draw(image).ellipse((4, 4, side // 2, side // 2), fill="teal")
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def gif_and_script() -> bytes:
    """Return a GIF that is a script as well: its comment begins behind the width, which reads `/*`."""
    plain = drawn("GIF")
    return plain + b"*/=1;alert('upload-canary')//" + SCRIPT


def jpeg_and_page() -> bytes:
    """Return a JPEG with a page in its comment and behind its end."""
    comment = b"<html><body>" + SCRIPT
    whole = drawn("JPEG")
    return whole[:2] + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + whole[2:] + SCRIPT


def jpeg_with_place() -> bytes:
    """Return a JPEG whose EXIF, comment and profile say where it was taken."""
    exif = Image.Exif()
    exif[0x010E] = f"taken at {PLACE}, upload-canary"
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0), 29: "2031:05:16"})
    return drawn("JPEG", exif=exif.tobytes(), comment=PLACE.encode())


def png_with_texts() -> bytes:
    whole, text = drawn("PNG"), b"Comment\0" + SCRIPT
    chunk = struct.pack(">I", len(text)) + b"tEXt" + text + struct.pack(">I", zlib.crc32(b"tEXt" + text))
    return whole[:33] + chunk + whole[33:] + SCRIPT


def long_film() -> bytes:
    frames = [Image.new("P", (60, 60), number % 256) for number in range(1500)]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], duration=10)
    return file.getvalue()


def declared(width: int, height: int, *, data: bytes) -> bytes:
    """Return a PNG that says it has so many pixels, and carries `data`."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


HOURS = (
    "<filter id='f' x='0' y='0' width='1' height='1'>"
    + "<feTurbulence baseFrequency='.9' numOctaves='2000'/>" * 400
    + "</filter><rect width='80' height='80' filter='url(#f)'/>"
)

CRASHING = (
    "".join(
        f"<pattern id='p{n}' width='1' height='1'><rect width='9' height='9' fill='url(#p{n - 1})'/></pattern>"
        for n in range(1, 3000)
    )
    + "<rect width='80' height='80' fill='url(#p2999)'/>"
)


def embedded(content: bytes) -> str:
    return f"<image width='80' height='80' href='data:image/png;base64,{base64.b64encode(content).decode()}'/>"


HARMLESS: dict[str, Callable[[], bytes]] = {
    "a GIF that is a script": gif_and_script,
    "a JPEG that is a page": jpeg_and_page,
    "a JPEG that tells where": jpeg_with_place,
    "a PNG with texts": png_with_texts,
    "a film": long_film,
    "an SVG with scripts": lambda: SVG,
    "an SVG with a preamble": lambda: b"<?xml version='1.0'?><!-- upload-canary -->" + SVG,
    "a PNG with far more than its pixels": lambda: declared(50, 50, data=b"\0" * 40_000_000),
}
NO_PICTURE: dict[str, tuple[str, bytes]] = {
    "a page with a drawing": ("logo.svg", b"<html><body>" + SVG),
    "XML of another kind": ("logo.svg", b"<?xml version='1.0'?><rss><!-- <svg> --></rss>"),
    "page called JPEG": ("photo.jpg", b"<!DOCTYPE html>" + SCRIPT),
    "page with a BOM": ("photo.jpg", b"\xef\xbb\xbf<html>" + SCRIPT),
    "PostScript": ("photo.png", b"%!PS-Adobe-3.0 EPSF-3.0\n(upload-canary) run"),
    "ImageMagick's script": ("photo.png", b"push graphic-context\nimage over 0,0 0,0 'ephemeral:/etc/passwd'"),
    "a program": ("photo.jpg", b"\x7fELF" + b"\0" * 200),
    "nothing": ("photo.jpg", b"\0" * 64),
}
REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "millions of pixels": (lambda: declared(60_000, 60_000, data=b"\0" * 50_000), "megapixels"),
    "as many as a field holds": (lambda: declared(2**31 - 1, 2**31 - 1, data=b""), ""),
    "a head alone": (lambda: declared(100, 100, data=b"")[:40], ""),
    "cut off": (lambda: drawn("JPEG", 800)[:700], ""),
    "an SVG that reads a file": (lambda: drawing("<image href='file:///etc/hostname'/>"), "embed"),
    "an SVG that reads a picture of another": (lambda: drawing("<image href='/var/lib/bandstand/media/x'/>"), "embed"),
    "an SVG that calls home": (lambda: drawing("<image href='http://127.0.0.1:9/upload-canary'/>"), "embed"),
    "an SVG that laughs": (lambda: drawing("&a1;", "<!DOCTYPE svg [<!ENTITY a0 'ha'><!ENTITY a1 '&a0;&a0;'>]>"), "SVG"),
    "an SVG that reads by an entity": (
        lambda: drawing("&e;", "<!DOCTYPE svg [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>"),
        "SVG",
    ),
    "an SVG as deep as a well": (lambda: drawing("<g>" * 5000 + "</g>" * 5000), "work"),
    "an SVG that draws for hours": (lambda: drawing(HOURS), "work"),
    "an SVG with a bomb in it": (lambda: drawing(embedded(declared(30_000, 30_000, data=b""))), ""),
    "an SVG that crashes what draws it": (lambda: drawing(CRASHING), ""),
    "a GIF's head and a script": (lambda: b"GIF89a/*" + SCRIPT, ""),
    "a WebP's head and a page": (lambda: b"RIFF\0\0\0\0WEBP" + SCRIPT, ""),
    "an AVIF's head and a page": (lambda: b"\0\0\0\x20ftypavif" + b"\0" * 16 + SCRIPT, ""),
}


def hand_in(portal: Portal, name: str, content: bytes, declared_type: str = "image/png") -> Any:
    with tenant_context(portal.organization):
        band = Band.objects.first() or BandFactory()
    file = SimpleUploadedFile("placeholder", content, declared_type)
    file._name = name  # as a hostile browser sends it; SimpleUploadedFile would tidy up
    return portal.client_of(roles.EDITOR).post(f"/backstage/bands/{band.pk}/photos/", {"pictures": [file]})


def served(portal: Portal, path: str) -> Any:
    return portal.client().get(f"/media/{path}")


def paths_of(picture: Picture) -> list[str]:
    return [path for widths in picture.variants.values() for path in widths.values()]


@pytest.mark.parametrize("kind", HARMLESS)
def test_a_picture_with_more_in_it_is_made_anew_without(kind: str, alice_portal: Portal, work_off: WorkOff) -> None:
    content = HARMLESS[kind]()
    assert hand_in(alice_portal, "picture.html", content, "text/html").status_code == 302
    work_off()

    with tenant_context(alice_portal.organization):
        picture = Picture.objects.get()
    assert picture.state == Picture.State.READY, picture.refusal
    assert paths_of(picture)
    for path in paths_of(picture):
        answer = served(alice_portal, path)
        body = answer.getvalue()
        assert answer.status_code == 200
        assert answer["Content-Type"] == f"image/{path.rpartition('.')[2]}"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert CANARY not in body
        assert PLACE.encode() not in body
        opened = Image.open(io.BytesIO(body))
        assert getattr(opened, "n_frames", 1) == 1
        assert not opened.getexif()
        assert not {"comment", "icc_profile", "exif", "xmp"} & opened.info.keys()
    assert served(alice_portal, picture.original).status_code == 404


@pytest.mark.parametrize("kind", NO_PICTURE)
def test_what_is_no_picture_is_refused_on_the_page_and_not_stored(kind: str, alice_portal: Portal) -> None:
    name, content = NO_PICTURE[kind]
    schema = alice_portal.organization.schema_name
    before = list(files_below(schema))

    answer = hand_in(alice_portal, name, content, "image/jpeg")

    assert answer.status_code == 422
    assert "This is not a picture we can read." in answer.content.decode()
    assert list(files_below(schema)) == before
    with tenant_context(alice_portal.organization):
        assert not Picture.objects.exists()


@pytest.mark.parametrize("kind", REFUSED)
def test_a_picture_that_is_a_bomb_or_broken_is_refused_by_the_worker(
    kind: str, alice_portal: Portal, work_off: WorkOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_picture, "LIMITS", replace(process_picture.LIMITS, cpu_seconds=2))
    make, words = REFUSED[kind]
    assert hand_in(alice_portal, "photo.png", make()).status_code == 302

    jobs = work_off()

    with tenant_context(alice_portal.organization):
        picture = Picture.objects.get()
        assert picture.state == Picture.State.REFUSED
        assert words in picture.refusal
        assert picture.refusal.endswith(".")
        assert not default_storage.exists(picture.original)
    assert [(job.state, job.explanation) for job in jobs] == [(State.FAILED, picture.refusal)]
    assert served(alice_portal, picture.original).status_code == 404


NAMES = [
    "../../../../etc/cron.d/upload-canary.png",
    "..\\..\\upload-canary.png",
    "/etc/upload-canary.png",
    "upload-canary\0.php.png",
    "upload-canary\r\nX-Injected: yes.png",
    "upload-canary\u202egnp.exe",
    "upload-canary" + "x" * 300 + ".png",
    "upload-canary.php",
    ".htaccess-upload-canary",
    "<img src=x onerror=alert('upload-canary')>.png",
]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_files_name_reaches_no_path_and_no_header(name: str, alice_portal: Portal, work_off: WorkOff) -> None:
    schema = alice_portal.organization.schema_name
    before = set(files_below(schema))
    answer = hand_in(alice_portal, name, drawn("PNG"))
    assert answer.status_code == 302
    work_off()

    with tenant_context(alice_portal.organization):
        picture = Picture.objects.get()
    assert picture.state == Picture.State.READY
    assert re.fullmatch(rf"{schema}/originals/[\w-]{{24}}", picture.original)
    for path in paths_of(picture):
        assert re.fullmatch(rf"{schema}/pictures/[\w-]{{24}}/\d+\.(avif|webp|jpeg)", path)
        assert "canary" not in str(served(alice_portal, path).headers)
    made = set(files_below(schema)) - before
    assert made == {picture.original, *paths_of(picture)}


# --- Spreadsheets ----------------------------------------------------------------------------------------------------


def workbook(**members: bytes) -> bytes:
    """Return a workbook with one good row; `members` take the place of its parts or come in addition."""
    book = Workbook()
    book.active.append(["name", "town"])
    book.active.append(["Good", "Berlin"])
    plain, changed = io.BytesIO(), io.BytesIO()
    book.save(plain)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.infolist():
            target.writestr(part.filename, members.pop(part.filename, source.read(part)))
        for name, content in members.items():
            target.writestr(name, content)
    return changed.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def sheet(cell: str, doctype: str) -> bytes:
    rows = "".join(
        f'<row r="{number}"><c r="A{number}" t="inlineStr"><is><t>{text}</t></is></c></row>'
        for number, text in enumerate(("name", cell), start=1)
    )
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return (
        f'<?xml version="1.0"?>{doctype}<worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>'.encode()
    )


def laughs() -> bytes:
    entities = '<!ENTITY a0 "upload-canary">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    return workbook(**{SHEET: sheet("&a9;", f"<!DOCTYPE x [{entities}]>")})


def reading(address: str) -> bytes:
    return workbook(**{SHEET: sheet("&e;", f'<!DOCTYPE x [<!ENTITY e SYSTEM "{address}">]>')})


def of_lies(part: str) -> bytes:
    """Return a workbook whose directory says that a big part is small."""
    whole = bytearray(workbook(**{part: b"<worksheet>" + b" " * 40_000_000}))
    place = whole.rindex(part.encode()) - 46 + 24
    whole[place : place + 4] = struct.pack("<I", 10)
    return bytes(whole)


BAD_TABLES: dict[str, Callable[[], bytes]] = {
    "bomb of a sheet": lambda: workbook(**{SHEET: b"<worksheet>" + b" " * 40_000_000}),
    "bomb of a sheet that is said to be small": lambda: of_lies(SHEET),
    "billion laughs": laughs,
    "file read": lambda: reading("file:///etc/passwd"),
    "network read": lambda: reading("http://127.0.0.1:9/upload-canary"),
    "not a workbook": lambda: b"PK\x03\x04" + b"upload-canary" * 20,
    "cut off": lambda: workbook()[:600],
    "huge field": lambda: b"name,town\nGood," + b"x" * 200_000 + b"\n",
    "quotation without end": lambda: b'name,town\n"Good,' + b"x" * 150_000,
    "binary": lambda: bytes(range(256)) * 40,
}
GOOD_TABLES: dict[str, Callable[[], bytes]] = {
    "paths in names": lambda: workbook(**{"../../../../tmp/upload-canary": b"x", "/tmp/upload-canary": b"x"}),  # noqa: S108
    "thousand members": lambda: workbook(**{f"xl/media/{number}": b"x" for number in range(1000)}),
    "a bomb besides": lambda: workbook(**{"xl/media/bomb": b"\0" * 40_000_000}),
    "macros": lambda: workbook(**{"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0 upload-canary"}),
    "a big part that is said to be small": lambda: of_lies("xl/media/bomb"),
    "NUL": lambda: b"name,town\nGo\0od,Ber\0lin\n",
}


def import_table(portal: Portal, content: bytes, work_off: WorkOff, name: str = "bands.xlsx") -> tuple[Job, str]:
    client = portal.client_of(roles.EDITOR)
    file = SimpleUploadedFile("placeholder", content)
    file._name = name
    answer = client.post("/backstage/imports/add/", {"subject": "bands", "file": file})
    assert answer.status_code == 302, answer.content.decode()
    (job,) = [job for job in work_off() if job.kind == "imports.import_spreadsheet"]
    page = client.get(answer["Location"]).content.decode()
    client.post(f"{answer['Location']}confirm/")
    work_off()
    return job, page


@pytest.mark.parametrize("kind", BAD_TABLES)
def test_a_table_that_attacks_is_refused_with_a_sentence(kind: str, alice_portal: Portal, work_off: WorkOff) -> None:
    job, page = import_table(alice_portal, BAD_TABLES[kind](), work_off)

    assert job.state == State.FAILED, page
    assert job.error_class == "Refused", job.error  # in words, and not stumbled over
    assert job.explanation.endswith(".")
    for word in ("root:", "<script>alert", "upload-canaryupload", "Traceback"):
        assert word not in page
    with tenant_context(alice_portal.organization):
        assert not Band.objects.exists()


@pytest.mark.parametrize(
    "content", [b"<!DOCTYPE html>" + SCRIPT, SVG, b"%PDF-1.7 upload-canary", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]
)
def test_what_is_surely_no_table_is_refused_on_the_page_and_not_stored(alice_portal: Portal, content: bytes) -> None:
    before = set(files_below(alice_portal.organization.schema_name))
    file = SimpleUploadedFile("bands.xls", content)

    answer = alice_portal.client_of(roles.EDITOR).post("/backstage/imports/add/", {"subject": "bands", "file": file})

    assert answer.status_code == 422
    assert "XLSX" in answer.content.decode()
    assert set(files_below(alice_portal.organization.schema_name)) == before


def test_a_mail_holds_no_column_of_ours_and_imports_nothing(alice_portal: Portal, work_off: WorkOff) -> None:
    mail = b"From: a@example.org\r\nSubject: upload-canary\r\n\r\nname,town\r\nGood,Berlin\r\n"

    _job, page = import_table(alice_portal, mail, work_off)

    assert "There is nothing to import." in page
    with tenant_context(alice_portal.organization):
        assert not Band.objects.exists()


@pytest.mark.parametrize("kind", GOOD_TABLES)
def test_what_else_an_archive_holds_is_never_unpacked(kind: str, alice_portal: Portal, work_off: WorkOff) -> None:
    before = set(files_below(alice_portal.organization.schema_name))

    job, page = import_table(alice_portal, GOOD_TABLES[kind](), work_off)

    assert job.state == State.DONE, (job.explanation, page)
    with tenant_context(alice_portal.organization):
        assert [(band.name, band.town) for band in Band.objects.all()] == [("Good", "Berlin")]
        (path,) = SpreadsheetImport.objects.values_list("path", flat=True)
    assert set(files_below(alice_portal.organization.schema_name)) - before <= {path}


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_tables_name_is_shown_as_text_and_reaches_no_path(name: str, alice_portal: Portal, work_off: WorkOff) -> None:
    _job, page = import_table(alice_portal, workbook(), work_off, name)

    with tenant_context(alice_portal.organization):
        taken = SpreadsheetImport.objects.get()
        schema = connection.schema_name
    assert re.fullmatch(rf"{schema}/spreadsheets/[\w-]{{24}}", taken.path)
    assert len(taken.file_name) <= 100
    assert not re.search(r"[/\\\0\r\n\u202e<>]", taken.file_name)
    assert "<img src=x" not in page
    assert "\u202e" not in page
    assert served(alice_portal, taken.path).status_code == 404


# --- Bombs: few bytes, many objects ----------------------------------------------------------------------------------

SPACE = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
NAME_CELL = b'<c r="A1" t="inlineStr"><is><t>name</t></is></c>'
STRINGS_TYPE = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"


def sheet_of(rows: bytes, after: bytes = b"") -> bytes:
    return b"<worksheet " + SPACE + b"><sheetData>" + rows + b"</sheetData>" + after + b"</worksheet>"


def bomb_sheet(rows: bytes, after: bytes = b"") -> bytes:
    return workbook(**{SHEET: sheet_of(rows, after)})


def bomb_strings(strings: bytes, rows: bytes = b"") -> bytes:
    with zipfile.ZipFile(io.BytesIO(workbook())) as plain:
        types = plain.read("[Content_Types].xml")
    told = b'<Override PartName="/xl/sharedStrings.xml" ContentType="' + STRINGS_TYPE + b'"/></Types>'
    parts = {
        "[Content_Types].xml": types.replace(b"</Types>", told),
        "xl/sharedStrings.xml": b"<sst " + SPACE + b">" + strings + b"</sst>",
    }
    if rows:
        parts[SHEET] = sheet_of(rows)
    return workbook(**parts)


def bomb_fonts() -> bytes:
    fonts = b"<fonts>" + b"<font/>" * 3_500_000 + b"</fonts>"
    return workbook(**{"xl/styles.xml": b"<styleSheet " + SPACE + b">" + fonts + b"</styleSheet>"})


def bomb_book(sheets: int) -> bytes:
    links = b'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    listed = b"<sheets>" + b'<sheet name="a" sheetId="1" r:id="rId1"/>' * sheets + b"</sheets>"
    return workbook(**{"xl/workbook.xml": b"<workbook " + SPACE + b" " + links + b">" + listed + b"</workbook>"})


def bomb_far_end() -> bytes:
    return bomb_sheet(b'<row r="1">' + NAME_CELL + b'</row><row r="20000"><c r="XFD20000"><v>1</v></c></row>')


def bomb_string() -> bytes:
    return bomb_sheet(b'<row r="1">' + NAME_CELL.replace(b"name", b"x" * 300_000_000) + b"</row>")


def bomb_merged() -> bytes:
    return bomb_sheet(b"", b"<mergeCells>" + b'<mergeCell ref="A1:B2"/>' * 2_000_000 + b"</mergeCells>")


BOMBS: dict[str, Callable[[], bytes]] = {
    "fonts": bomb_fonts,
    "rows": lambda: bomb_sheet(b"<row/>" * 4_500_000),
}
MORE_BOMBS: dict[str, Callable[[], bytes]] = {
    "strings": lambda: bomb_strings(b"<si/>" * 5_900_000),
    "a cell at the far end": bomb_far_end,
    "cells without end": lambda: bomb_sheet(b"<row>" + b"<c/>" * 8_000_000 + b"</row>"),
    "merged cells": bomb_merged,
    "one endless string": bomb_string,
    "a string in every cell": lambda: bomb_strings(
        b"<si><t>" + b"x" * 30_000 + b"</t></si>", (b"<row>" + b'<c t="s"><v>0</v></c>' * 50 + b"</row>") * 19_000
    ),
    "deep elements": lambda: bomb_sheet(b"<row>" + b"<a>" * 2_000_000 + b"</a>" * 2_000_000 + b"</row>"),
    "sheets": lambda: bomb_book(300_000),
    "CSV of separators": lambda: b"," * 10_000_000,
    "CSV of quotes": lambda: b'"' * 10_000_000,
    "CSV of lines": lambda: b"\n" * 10_000_000,
}


@pytest.mark.parametrize("kind", [*BOMBS, *(pytest.param(name, marks=pytest.mark.security) for name in MORE_BOMBS)])
def test_a_bomb_costs_one_child_and_ends_in_a_sentence(kind: str, tmp_path: Path) -> None:
    content = {**BOMBS, **MORE_BOMBS}[kind]()
    assert len(content) <= MAX_BYTES
    (tmp_path / "bomb").write_bytes(content)
    del content
    most, used = 0, resource.getrusage(resource.RUSAGE_CHILDREN)

    def step() -> None:
        nonlocal most
        most = max([most, *(peak_memory(child) for child in children())])

    with pytest.raises(SpreadsheetError) as refusal, opened(tmp_path / "bomb", step=step) as table:
        list(table.rows())

    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert str(refusal.value).endswith(".")
    assert most < 300_000_000
    assert after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime < 20


def children() -> list[int]:
    """Return the processes that this thread started and that are there."""
    task = Path(f"/proc/self/task/{threading.get_native_id()}/children")
    return [int(number) for number in task.read_text().split()]


def peak_memory(process: int) -> int:
    """Return the most bytes that a process held at once; 0 once it is gone, or before it is itself."""
    try:
        about = Path(f"/proc/{process}/status").read_text()
        started = b"confined_program" in Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return 0
    found = re.search(r"VmHWM:\s+(\d+) kB", about)
    return int(found[1]) * 1024 if found and started else 0


@pytest.mark.long
def test_a_bomb_fails_its_job_alone(alice_portal: Portal, work_off: WorkOff) -> None:
    job, page = import_table(alice_portal, bomb_fonts(), work_off)

    assert job.state == State.FAILED
    assert "takes too much work to open" in job.explanation
    assert "takes too much work to open" in page
    good, _page = import_table(alice_portal, workbook(), work_off)
    assert good.state == State.DONE
