"""Tables as people's programs write them: each is read right, or refused with a sentence that says what to do."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from contextlib import redirect_stdout
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.styles import Font

from bandstand.spreadsheets.bounds import MAX_ROWS
from bandstand.spreadsheets.formats import refusal_of
from bandstand.spreadsheets.tables import Cell, Flaw, SpreadsheetError, Table, moment_of_serial
from bandstand_worker import spreadsheet_reading
from bandstand_worker.spreadsheet_opening import opened, table_of

Read = Callable[[bytes], tuple[Table, list[tuple[int, list[Cell]]]]]
SPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def table_in(path: Path) -> Table:
    """Return the table by the child's own reader, in this process: a child for each case would take a minute."""
    printed = io.StringIO()
    with redirect_stdout(printed):
        spreadsheet_reading.main([str(path)])
    return table_of(io.BytesIO(printed.getvalue().encode()))


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Return a function that gives a table and its rows."""

    def call(content: bytes) -> tuple[Table, list[tuple[int, list[Cell]]]]:
        path = tmp_path / "table"
        path.write_bytes(content)
        table = table_in(path)
        return table, [(row.number, row.cells) for row in table.rows()]

    return call


def local(*parts: int) -> datetime:
    return datetime(*parts)  # noqa: DTZ001 - what a cell holds has no zone


def saved(fill: Callable[[Any, Any], None]) -> bytes:
    """Return a workbook whose first sheet `fill` was called with."""
    book = Workbook()
    fill(book, book.active)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def of_rows(*rows: list[Any]) -> bytes:
    return saved(lambda _book, sheet: [sheet.append(row) for row in rows] and None)


def with_parts(content: bytes, **parts: str) -> bytes:
    """Return the workbook with parts replaced or added; `__` in a name stands for a slash."""
    named = {name.replace("__", "/").replace("_xml", ".xml"): text.encode() for name, text in parts.items()}
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.infolist():
            target.writestr(part.filename, named.pop(part.filename, source.read(part)))
        for name, text in named.items():
            target.writestr(name, text)
    return changed.getvalue()


def with_sheet(rows: str, after: str = "") -> bytes:
    sheet = f"<worksheet {SPACE}><sheetData>{rows}</sheetData>{after}</worksheet>"
    return with_parts(of_rows(["x"]), xl__worksheets__sheet1_xml=sheet)


TEXTS = {
    "plain": b"name,town\nMo,Ulm\n",
    "UTF-8 with a mark": b"\xef\xbb\xbfname,town\nMo,Ulm\n",
    "UTF-16 as Excel writes Unicode text": "name\ttown\r\nMo\tUlm\r\n".encode("utf-16"),
    "UTF-16 from the other end": b"\xfe\xff" + "name;town\nMo;Ulm\n".encode("utf-16-be"),
    "UTF-16 without a mark": "name,town\nMo,Ulm\n".encode("utf-16-le"),
    "semicolons, as Numbers and German Excel write": b"name;town\r\nMo;Ulm\r\n",
    "sep= before the headings": b"sep=;\r\nname;town\r\nMo;Ulm\r\n",
    "sep= of an unusual one": b"sep=^\nname^town\nMo^Ulm\n",
    "tabs": b"name\ttown\nMo\tUlm",
    "old Mac's lines": b"name,town\rMo,Ulm\r",
    "Google Sheets, everything quoted": b'"name","town"\r\n"Mo","Ulm"',
    "semicolons, commas in quoted headings": b'"name";"town"\n"Mo";"Ulm"\n',
    "spaces around": b" name , town \n Mo ,\xc2\xa0Ulm\xe2\x80\x8b\n",
    "control characters": b"na\0me,town\nM\x07o,Ulm\x1b\n",
}


@pytest.mark.parametrize("kind", TEXTS)
def test_it_reads_text_however_it_was_saved(kind: str, read: Read) -> None:
    table, rows = read(TEXTS[kind])

    assert table.headings == ["name", "town"]
    assert [cells for _number, cells in rows] == [["Mo", "Ulm"]]
    assert not table.notices


def test_it_reads_western_european_text_and_says_so(read: Read) -> None:
    table, rows = read("name;town\nMötörhead;Köln “Süd”\n".encode("cp1252"))

    assert rows == [(2, ["Mötörhead", "Köln “Süd”"])]
    assert "umlauts" in table.notices[0]


def test_it_counts_rows_as_the_spreadsheet_shows_them(read: Read) -> None:
    _table, rows = read(b'name,biography\n\n"Mo","Two\r\nlines, one ""cell"""\n,\nLast,\n')

    assert rows == [(3, ["Mo", 'Two\nlines, one "cell"']), (5, ["Last"])]
    _table, rows = read(with_sheet('<row r="3"><c r="B3"><v>1</v></c></row><row r="9"><c r="B9"><v>2</v></c></row>'))
    assert rows == [(9, ["", 2])]


def test_it_reads_workbooks_with_values_of_their_kinds(read: Read) -> None:
    def fill(_book: Any, sheet: Any) -> None:
        sheet.append(["name", "formed", "published", "starts_at", "date", "time", "midnight"])
        sheet.append([1975, "1988", True, local(2027, 5, 30, 20), date(2027, 5, 30), time(20), local(2027, 1, 1)])
        sheet["G2"].number_format = "dd.mm.yyyy hh:mm"
        sheet["A2"].number_format = "@"

    _table, rows = read(saved(fill))

    moment, midnight = local(2027, 5, 30, 20), local(2027, 1, 1)
    assert rows == [(2, [1975, "1988", "TRUE", moment, date(2027, 5, 30), time(20), midnight])]


def test_it_reads_dates_of_old_macs(read: Read) -> None:
    def fill(book: Any, sheet: Any) -> None:
        book.epoch = local(1904, 1, 1)
        sheet.append(["starts_at", "serial"])
        sheet.append([local(2027, 5, 30, 20), 45075.5])

    table, rows = read(saved(fill))

    assert rows[0][1][0] == local(2027, 5, 30, 20)
    assert moment_of_serial(45075.5, table.epoch) == local(2027, 5, 30, 12)


def test_it_reads_inline_strings_and_rich_text(read: Read) -> None:
    rows = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>name</t></is></c></row>'
        '<row r="2"><c r="A2" t="inlineStr"><is><r><t>Mo</t></r><r><t xml:space="preserve"> Band</t></r></is></c></row>'
    )

    assert read(with_sheet(rows))[1] == [(2, ["Mo Band"])]


def test_it_names_what_holds_no_value(read: Read) -> None:
    rows = (
        '<row r="1"><c r="A1" t="str"><v>name</v></c><c r="B1" t="str"><v>town</v></c></row>'
        '<row r="2"><c r="A2"><f>B2&amp;"x"</f></c><c r="B2" t="e"><f>Z9</f><v>#REF!</v></c></row>'
        '<row r="3"><c r="A3" t="str"><f>"Mo"</f><v>Mo</v></c></row>'
    )

    _table, found = read(with_sheet(rows))

    formula, error = found[0][1]
    assert isinstance(formula, Flaw)
    assert "no result yet" in formula.sentence
    assert isinstance(error, Flaw)
    assert "#REF!" in error.sentence
    assert found[1] == (3, ["Mo"])


def test_it_names_merged_cells_and_sheets_that_it_leaves_out(tmp_path: Path) -> None:
    def fill(book: Any, sheet: Any) -> None:
        for row in (["name"], ["Mo"], [None], ["Jo"]):
            sheet.append(row)
        sheet.merge_cells("A2:A3")
        book.create_sheet("Archive")
        book.create_sheet("Secret").sheet_state = "hidden"

    (tmp_path / "table").write_bytes(saved(fill))  # this one by a child, as in the worker
    with opened(tmp_path / "table", step=lambda: None) as table:
        flaws = {row.number: row.flaws for row in table.rows()}

    assert "A2:A3" in flaws[2][0]
    assert flaws[4] == ()
    assert any("Archive" in notice for notice in table.notices)
    assert any("Secret" in notice for notice in table.notices)


def test_it_reads_the_first_sheet_that_is_shown(read: Read) -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.append(["old"])
        shown = book.create_sheet("Shown")
        shown.append(["name"])
        shown.append(["Mo"])
        book.active = 1
        sheet.sheet_state = "hidden"

    assert read(saved(fill))[0].headings == ["name"]


def test_it_passes_over_styled_cells_that_are_empty(read: Read) -> None:
    def fill(_book: Any, sheet: Any) -> None:
        sheet.append(["name"])
        sheet.append(["Mo"])
        sheet["A5000"].font = Font(bold=True)

    table, rows = read(saved(fill))

    assert rows == [(2, ["Mo"])]
    assert table.count == 1


def test_it_reads_wide_tables(read: Read) -> None:
    table, rows = read(of_rows([f"column {n}" for n in range(256)], list(range(256))))

    assert len(table.headings) == 256
    assert rows == [(2, list(range(256)))]


def archive(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as target:
        for name, content in members.items():
            target.writestr(name, content)
    return file.getvalue()


REFUSED = {
    "too many rows": (b"name\n" + b"Mo\n" * (MAX_ROWS + 1), "more than 20,000 rows"),
    "a cell far to the right": (
        with_sheet('<row r="1"><c r="A1"><v>1</v></c></row><row r="20000"><c r="XFD20000"><v>1</v></c></row>'),
        "XFD20000",
    ),
    "OpenDocument": (archive(mimetype=b"application/vnd.oasis.opendocument.spreadsheet"), "save it as XLSX or CSV"),
    "a document of Numbers": (archive(**{"Index/Document.iwa": b"x"}), "export it as Excel"),
    "a binary workbook": (archive(**{"xl/workbook.bin": b"x"}), "XLSB"),
    "a text document": (archive(**{"word/document.xml": b"<x/>"}), "a workbook we can read"),
    "a broken archive": (b"PK\x03\x04 broken", "a workbook we can read"),
    "nothing": (b" \n\n", "is empty"),
    "a missing quotation mark": (b'name\nOne\n"Two\nThree\n', "in row 3 a quotation mark"),
    "a photo": (b"\xff\xd8\xff\xe0" + bytes(range(256)) * 20, "save it as “CSV UTF-8”"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_it_says_what_to_do_with_a_file_that_it_cannot_read(kind: str, read: Read) -> None:
    content, words = REFUSED[kind]

    with pytest.raises(SpreadsheetError) as refusal:
        read(content)

    assert words in str(refusal.value)
    assert str(refusal.value).endswith(".")


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500, "without a password"),  # XLS, and encrypted XLSX
        (b"<html><table><tr><td>name</td></tr></table>", "web page"),
        (b"\xef\xbb\xbf\n<TABLE border=1>", "web page"),
        (b"<?xml version='1.0'?><Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet'>", "XML"),
        (b"%PDF-1.7", "CSV or XLSX"),
    ],
)
def test_what_is_surely_no_table_is_known_by_its_first_bytes(head: bytes, words: str) -> None:
    assert words in refusal_of(head)
    assert refusal_of(b"name,town\n") == ""
    assert refusal_of(b"PK\x03\x04") == ""
