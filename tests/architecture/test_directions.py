"""Style sheets say start and end, not left and right: pages stand in languages that are written from right to left."""

from __future__ import annotations

import re

from tests.servers import ROOT

SHEETS = sorted((ROOT / "services/web/bandstand_web/static/css").rglob("*.css"))
COMMENTS = re.compile(r"/\*.*?\*/", re.DOTALL)
DECLARATION = re.compile(r"(?<![\w-])([a-z-]+)\s*:\s*([^;{}]+);")
SIDES = re.compile(r"\b(left|right)\b")
# Properties whose four values are top, right, bottom, left.
FOUR_SIDES = {"margin", "padding", "inset", "border-width", "border-style", "border-color", "scroll-margin"}
# What names a side and means none of the text's, with the reason.
MEANT: dict[tuple[str, str], str] = {}


def is_of_one_side(name: str, value: str) -> bool:
    values = re.split(r"\s+(?![^(]*\))", value.strip())
    if SIDES.search(name) or SIDES.search(value):
        return True
    if name in FOUR_SIDES:
        return len(values) == 4 and values[1] != values[3]
    if name == "border-radius":
        return len(values) > 1
    return bool(re.search(r"translateX|translate3d|skewX", value)) or (name == "translate" and values[0] not in "0none")


def test_no_style_sheet_names_a_side() -> None:
    found = [
        (sheet.name, f"{name}: {value}")
        for sheet in SHEETS
        for name, value in DECLARATION.findall(COMMENTS.sub("", sheet.read_text(encoding="utf-8")))
        if is_of_one_side(name, value) and (sheet.name, name) not in MEANT
    ]

    assert found == []
    assert len(SHEETS) > 30


def test_it_would_find_one() -> None:
    assert is_of_one_side("margin-left", "1rem")
    assert is_of_one_side("text-align", "right")
    assert is_of_one_side("padding", "0 var(--a) 0 0")
    assert not is_of_one_side("padding", "var(--a) var(--b) 0 var(--b)")
    assert not is_of_one_side("margin-inline-start", "1rem")
