"""Each benchmark can be run in a small form, and its table stands in the document that says what was measured."""

from __future__ import annotations

import importlib

import pytest

from tests.bench import _tables
from tests.bench.__main__ import benchmarks

NAMES = benchmarks()


@pytest.mark.parametrize("name", NAMES)
def test_it_has_a_small_form_and_a_table_with_rows(name: str) -> None:
    module = importlib.import_module(f"tests.bench.{name}")

    assert hasattr(module, "run") or (hasattr(module, "run_at") and module.SIZES)
    assert all(hasattr(module, constant) for constant in module.TINY)
    assert _tables.kinds_of_rows(_tables.places(_tables.DOCUMENT.read_text())[name])


def test_the_document_has_no_table_of_anything_else() -> None:
    assert set(_tables.places(_tables.DOCUMENT.read_text())) == {*NAMES, _tables.WHOLE}


def test_a_table_is_replaced_between_its_markers(tmp_path_factory: pytest.TempPathFactory) -> None:
    document = tmp_path_factory.mktemp("docs") / "performance.md"
    document.write_text(
        "Before.\n<!-- bench: one -->\nold\n<!-- /bench -->\nAfter.\n<!-- bench: two -->\n<!-- /bench -->\n"
    )

    _tables.write(
        {"one": _tables.Measured([{"what": "a page", "here": "3 ms", "peer": "6 ms", "ratio": "0.50"}])}, document
    )

    text = document.read_text()
    assert "| a page | 3 ms | 6 ms | 0.50 |  |\n<!-- /bench -->\nAfter." in text
    assert "old" not in text
    assert _tables.places(text)["two"] == ""


def test_rows_of_any_size_are_of_one_kind() -> None:
    table = _tables.Measured([{"what": "import of 10,000 bands beside 1,000 portals, 5 s"}]).told()

    assert _tables.kinds_of_rows(table) == {_tables.kind_of_row("import of 20 bands beside 2 portals, 1.5 s")}
