"""The index of decisions lists each page of docs/adr, with its title."""

from __future__ import annotations

import re

from tests.servers import ROOT

DECISIONS = ROOT / "docs" / "adr"
ROW = re.compile(r"\| \[(\d+)\]\(([^)]+)\) \| (.+) \| \d{4}-\d\d-\d\d \| (in force|replaced by \[\d+\]\([^)]+\)) \|")


def test_the_index_has_every_page_once() -> None:
    rows = [row for line in (DECISIONS / "README.md").read_text().splitlines() if (row := ROW.fullmatch(line))]

    assert [row[2] for row in rows] == sorted(path.name for path in DECISIONS.glob("0*.md"))
    for row in rows:
        assert (DECISIONS / row[2]).read_text().splitlines()[0] == f"# {row[1]}. {row[3]}"


def test_a_page_that_was_replaced_leads_to_one_that_is_there() -> None:
    text = (DECISIONS / "README.md").read_text()

    for name in re.findall(r"\]\(([^)]+\.md)\)", text):
        assert (DECISIONS / name).is_file(), name
