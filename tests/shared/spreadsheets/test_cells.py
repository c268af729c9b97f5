from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bandstand.content.plain_text import clean_text
from bandstand.spreadsheets.cells import from_cell, join_list, split_list, to_cell


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\n", "\N{FULLWIDTH EQUALS SIGN}", "'=", "''@"])
def test_it_neutralizes_what_starts_a_formula(start: str) -> None:
    assert to_cell(f"{start}cmd|' /C calc'!A0") == f"'{start}cmd|' /C calc'!A0"


@pytest.mark.parametrize(("start", "kept"), [("\r", "\n"), ("\r\n", "\n"), ("\0=", "="), ("\u202e@", "@")])
def test_it_neutralizes_what_is_a_formula_once_it_is_clean(start: str, kept: str) -> None:
    assert to_cell(f"{start}cmd|' /C calc'!A0") == f"'{kept}cmd|' /C calc'!A0"


def test_it_leaves_other_cells_alone() -> None:
    assert [to_cell(cell) for cell in ["Guns N' Roses", "'Til Tuesday", "", -5, None]] == [
        "Guns N' Roses",
        "'Til Tuesday",
        "",
        -5,
        None,
    ]


@given(st.text() | st.from_regex(r"\A'*[=+\-@\t\r].*\Z"))
def test_it_gives_back_every_text_as_it_may_be_stored(text: str) -> None:
    assert from_cell(to_cell(text)) == clean_text(text)


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["C", "Z"]), min_size=1)))
def test_it_gives_back_every_list(items: list[str]) -> None:
    assert split_list(join_list(items)) == items


def test_it_reads_lists_as_people_write_them() -> None:
    assert split_list(" Doom;Jazz ;; Post-Rock;") == ["Doom", "Jazz", "Post-Rock"]
    assert split_list("") == []


def test_it_reads_numbers_of_workbooks_as_text() -> None:
    assert [from_cell(cell) for cell in [1998, 1998.0, None, True]] == ["1998", "1998", "", "True"]


def test_it_stays_neutral_through_csv() -> None:
    line = io.StringIO()
    csv.writer(line).writerow([to_cell('=1+"2')])
    assert from_cell(next(csv.reader([line.getvalue()]))[0]) == '=1+"2'
