from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bandstand.content.names import name_key

FOLDINGS: list[Callable[[str], str]] = [
    str.casefold,
    str.lower,
    str.upper,
    str.title,
    *(lambda text, form=form: unicodedata.normalize(form, text) for form in ("NFC", "NFD", "NFKC", "NFKD")),
]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("kirche", "KİRCHE"),
        ("ışık", "IŞIK"),
        ("Straße", "STRASSE"),
        ("STRAẞE", "straße"),
        ("Congreſs", "CONGRESS"),
        ("ΑΡΧΑΙΟΣ", "αρχαιος"),
        ("αρχαιοσ", "αρχαιος"),
        ("ＲＯＣＫ", "rock"),
        ("ﬁlk", "FILK"),
        ("ｶﾞｶﾞｶﾞ", "ガガガ"),
        ("ガガガ", unicodedata.normalize("NFD", "ガガガ")),
        ("한음밴드", unicodedata.normalize("NFD", "한음밴드")),
        ("a\u0323\u0302", "a\u0302\u0323"),
        ("Война", "ВОЙНА"),
        ("ᏣᎳᎩ", "ꮳꮃꭹ"),
        ("  Heavy \u00a0 Metal\n", "heavy metal"),
        ("Heavy\u200b Metal\ufeff", "heavy metal"),
        ("Rock ’n’ Roll", "Rock 'n' Roll"),
        ("Post‑Punk", "post-punk"),
    ],
)
def test_it_takes_names_that_read_alike_for_one(one: str, other: str) -> None:
    assert name_key(one) == name_key(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ska", "Skå"),
        ("ガ", "カ"),
        ("ば", "ぱ"),
        ("!!!", "???"),
        ("AC/DC", "ACDC"),
        ("R.E.M.", "REM"),
        ("न", "ऩ"),
        ("á", "a"),
    ],
)
def test_it_tells_other_names_apart(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


@pytest.mark.parametrize("text", ["", " ", "\u200b", "\0\x07", "\ud800", "\ufeff\u2060"])
def test_it_is_empty_where_nothing_can_be_seen(text: str) -> None:
    assert name_key(text) == ""


@given(st.text(alphabet=st.characters(exclude_categories=[]), max_size=20))
@example("i\u0307\u0307")
@example("\u0301")
@example("\N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL}")
@example("\u0345\u0301")
def test_a_key_is_its_own_key_and_can_be_stored(text: str) -> None:
    key = name_key(text)
    assert name_key(key) == key
    key.encode()
    assert "\0" not in key


@given(st.text(max_size=20))
def test_writing_a_name_another_way_leaves_its_key(text: str) -> None:
    for fold in FOLDINGS[:1] + FOLDINGS[4:]:
        assert name_key(fold(text)) == name_key(text)


def test_no_letter_of_unicode_has_two_keys() -> None:
    letters = [chr(code) for code in [*range(0xD800), *range(0xE000, 0x2FA20)]]  # beyond, nothing is ever folded
    split = [
        letter
        for letter in letters
        for folded in {fold(letter) for fold in FOLDINGS} - {letter}
        if name_key(folded) != name_key(letter)
    ]
    assert split == []
