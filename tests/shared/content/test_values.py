from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bandstand.content.moments import Unreadable
from bandstand.content.names import name_key
from bandstand.content.values import join_names, read_whole_number, read_yes_no, split_names

_NAMES = st.text(alphabet=st.characters(exclude_categories=["C", "Z"]) | st.sampled_from(' ,;"'), min_size=1).map(
    lambda name: " ".join(name.split())
)


@pytest.mark.parametrize("separator", [",", ";", "\n", " ; ", ",,"])
def test_it_reads_the_same_names_however_they_are_separated(separator: str) -> None:
    assert split_names(separator.join(["Genre 0", "Punk", " post  rock ", "PUNK"])) == ["Genre 0", "Punk", "post rock"]


def test_it_keeps_separators_within_quotes_and_quotes_within_names() -> None:
    assert split_names('"Earth, Wind; Fire", 12" Vinyl; "so ""called"""') == [
        "Earth, Wind; Fire",
        '12" Vinyl',
        'so "called"',
    ]
    assert split_names('"never closed, Punk') == ['"never closed', "Punk"]
    assert split_names("  ,; \n") == []


@given(st.lists(_NAMES.filter(name_key), unique_by=name_key))
def test_it_reads_back_the_names_that_it_wrote(names: list[str]) -> None:
    assert split_names(join_names(names)) == split_names(join_names(names, "; ")) == names


@pytest.mark.parametrize(
    ("text", "number"), [("0", 0), (" 42 ", 42), ("+7", 7), ("-3", -3), ("1999.0", 1999), ("007", 7)]
)
def test_it_reads_whole_numbers(text: str, number: int) -> None:
    assert read_whole_number(text, least=-5, most=2000) == number


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "²",
            "１２",
            "٣",
            "1_000",
            "1.000",
            "1,5",
            "1e3",
            "0x10",
            "NaN",
            "Infinity",
            "-6",
            "2001",
            "--1",
            "1 000",
        ),
        *(str(2**31), str(2**63), "9" * 5000, "-0-", "½"),
    ],
)
def test_it_refuses_other_numbers(text: str) -> None:
    with pytest.raises(Unreadable, match="from -5 to 2000"):
        read_whole_number(text, least=-5, most=2000)


def test_it_reads_answers_in_both_languages() -> None:
    assert all(read_yes_no(word) for word in ("1", "Yes", "TRUE", "WAHR", "ja", " x "))
    assert not any(read_yes_no(word) for word in ("0", "no", "False", "FALSCH", "nein", ""))
    for word in ("2", "maybe", "vielleicht", "²", "yes!"):
        with pytest.raises(Unreadable):
            read_yes_no(word)
