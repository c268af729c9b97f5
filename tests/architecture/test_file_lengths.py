"""A file that grows too long is divided by subject."""

from __future__ import annotations

from pathlib import Path

from tests.servers import ROOT

MOST_LINES = 400
WRITTEN = {".py", ".html", ".css", ".js", ".txt"}
PLACES = ("shared", "services", "scripts", "deploy", "infra")
OF_OTHERS = {"htmx.min.js", "htmx.LICENSE.txt"}
LICENCE_OF_A_FONT = ".OFL.txt"


def product_files() -> list[Path]:
    """Return the files that people wrote for the product; migrations are what they were."""
    found = [path for place in PLACES for path in (ROOT / place).rglob("*") if path.suffix in WRITTEN]
    of_others = [path for path in found if path.name in OF_OTHERS or path.name.endswith(LICENCE_OF_A_FONT)]
    return [path for path in found if path not in of_others and "migrations" not in path.parts]


def test_no_file_is_longer_than_one_reads() -> None:
    files = product_files()
    long = [path for path in files if len(path.read_text(encoding="utf-8").splitlines()) > MOST_LINES]

    assert len(files) > 900
    assert [str(path.relative_to(ROOT)) for path in long] == []


def test_no_file_is_called_the_second_part_of_another() -> None:
    assert [path.name for path in product_files() if path.stem.rstrip("0123456789_").endswith("_part")] == []
