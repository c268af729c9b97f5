"""Spreadsheets that people hand in are opened by the worker's confined process and by nothing else."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
READERS = {"load_workbook", "create_dataset", "load", "import_set", "import_book", "DictReader", "open_workbook"}
MODULES = {"tablib", "csv", "openpyxl", "xlrd", "python_calamine", "pandas", "import_export.admin"}
IMPORTING = {"ImportMixin", "ImportExportMixin", "ImportExportModelAdmin", "ImportForm"}
# A list within one cell, which the worker read before.
KNOWN = {"shared/bandstand/spreadsheets/cells.py"}


def readers_in(source: str) -> Iterator[str]:
    """Give what a module calls, or imports, that opens tables."""
    tree = ast.parse(source)
    names = {
        alias.asname or alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in MODULES | {"import_export"}:
            yield from (alias.name for alias in node.names if alias.name in READERS | IMPORTING | {"reader"})
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = ast.unparse(node.func.value)
            if owner in names & MODULES and node.func.attr in READERS | {"reader"}:
                yield f"{owner}.{node.func.attr}"
            if node.func.attr in {"create_dataset", "load_workbook"}:
                yield node.func.attr


@pytest.mark.parametrize("package", ["services/web/bandstand_web", "shared/bandstand"])
def test_web_and_what_it_stands_on_open_no_table(package: str) -> None:
    found = {
        str(path.relative_to(ROOT)): list(readers)
        for path in (ROOT / package).rglob("*.py")
        if (readers := list(readers_in(path.read_text(encoding="utf-8"))))
    }

    assert set(found) <= KNOWN, found


@pytest.mark.parametrize(
    "source",
    [
        "from openpyxl import load_workbook",
        "import csv\ncsv.reader(file)",
        "from csv import DictReader",
        "import tablib\ntablib.import_set(file)",
        "XLSX().create_dataset(content)",
        "from import_export.admin import ImportExportModelAdmin",
    ],
)
def test_it_sees_a_reader(source: str) -> None:
    assert list(readers_in(source))


def test_the_worker_opens_them_in_one_module() -> None:
    worker = ROOT / "services/worker/bandstand_worker"
    found = {path.name for path in worker.rglob("*.py") if list(readers_in(path.read_text(encoding="utf-8")))}

    assert found == {"spreadsheet_reading.py"}
