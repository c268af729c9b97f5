"""docs/security-asvs.md names every requirement once, and nothing that isn't there."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "security-asvs.md").read_text()
# How many requirements of levels 1 and 2 each section has; those of level 3 follow them. Source: OWASP ASVS 5.0.0.
SECTIONS = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2,
    "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1,
    "3.2": 2, "3.3": 4, "3.4": 6, "3.5": 5, "3.7": 2,
    "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4,
    "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3,
    "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4,
    "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 2, "7.6": 2,
    "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1,
    "9.1": 3, "9.2": 4,
    "10.1": 2, "10.2": 2, "10.3": 4, "10.4": 11, "10.5": 5, "10.6": 2, "10.7": 3,
    "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1, "11.6": 1,
    "12.1": 3, "12.2": 2, "12.3": 4,
    "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5,
    "14.1": 2, "14.2": 4, "14.3": 3,
    "15.1": 3, "15.2": 3, "15.3": 7,
    "16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3,
    "17.1": 1, "17.2": 4, "17.3": 2,
}  # fmt: skip
MARKS = {"met", "partly", "gap", "operator", "none"}
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \|[^|]+\| (\w+) \| ([^|]+) \|$", re.MULTILINE)
RANGE = re.compile(r"\b(\d+\.\d+)\.(\d+)(?:\u2013\1\.(\d+))?(?=[,\s])")


def named() -> list[str]:
    """Return each requirement that has a row, or stands in a sentence about a chapter that doesn't apply."""
    found = [number for number, _mark, _how in ROW.findall(TEXT)]
    for sentence in re.findall(r"[^.]*: (?:\d+\.\d+\.\d+.*?)don't apply\.", TEXT, re.DOTALL):
        for section, first, last in RANGE.findall(sentence):
            found += [f"{section}.{number}" for number in range(int(first), int(last or first) + 1)]
    return found


def test_each_requirement_is_named_once() -> None:
    wanted = [f"{section}.{number}" for section, count in SECTIONS.items() for number in range(1, count + 1)]

    assert len(wanted) == 253  # as the standard says of levels 1 and 2
    assert Counter(named()) == Counter(wanted)


def test_each_row_has_a_mark_that_is_explained() -> None:
    assert {mark for _number, mark, _how in ROW.findall(TEXT)} == MARKS


def test_each_test_that_is_named_exists() -> None:
    references = set(re.findall(r"\btests/[\w/]+\.py(?:::\w+)?", TEXT))
    missing = [reference for reference in sorted(references) if not exists(reference)]

    assert len(references) > 60
    assert missing == []


def exists(reference: str) -> bool:
    path, _colons, name = reference.partition("::")
    if not (ROOT / path).is_file():
        return False
    tree = ast.parse((ROOT / path).read_text())
    return not name or name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_each_link_leads_somewhere() -> None:
    targets = [target for target in re.findall(r"\]\(([^)#]+)", TEXT) if not target.startswith("http")]

    assert [target for target in targets if not (ROOT / "docs" / target).exists()] == []
