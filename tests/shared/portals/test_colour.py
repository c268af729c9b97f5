from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from bandstand.portals.colour import (
    CONTRAST_MINIMUM,
    DARK,
    LIGHT,
    Oklch,
    Scheme,
    contrast,
    parse_colour,
    readable_accent,
    to_hex,
)

hex_colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
oklch_colours = st.builds(Oklch, st.floats(0, 1), st.floats(0, 0.5), st.floats(0, 359.9))


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@given(typed=hex_colours)
def test_it_keeps_any_colour_readable(scheme: Scheme, typed: str) -> None:
    accent = readable_accent(parse_colour(typed), scheme)
    assert contrast(accent.colour, scheme.surface) >= CONTRAST_MINIMUM
    assert contrast(accent.colour, accent.lettering) >= CONTRAST_MINIMUM


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@given(colour=oklch_colours)
def test_it_keeps_colours_beyond_the_screen_readable(scheme: Scheme, colour: Oklch) -> None:
    accent = readable_accent(colour, scheme)
    assert contrast(accent.colour, scheme.surface) >= CONTRAST_MINIMUM
    assert contrast(accent.colour, accent.lettering) >= CONTRAST_MINIMUM


@given(typed=hex_colours)
def test_it_gives_back_the_colour_that_was_typed(typed: str) -> None:
    back = to_hex(parse_colour(typed))
    differences = [abs(int(back[at : at + 2], 16) - int(typed[at : at + 2], 16)) for at in (1, 3, 5)]
    assert max(differences) <= 1


def test_it_leaves_a_readable_colour_as_it_is() -> None:
    assert readable_accent(parse_colour("#7a1f0e"), LIGHT).colour == "#7a1f0e"


def test_it_knows_the_contrast_of_black_and_white() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("typed", ["#e52", "E4572E", "oklch(0.65 0.19 35)", "oklch(65% 0.19 35deg)"])
def test_it_reads_colours_as_people_write_them(typed: str) -> None:
    assert parse_colour(f" {typed} ")


@pytest.mark.parametrize("typed", ["", "red", "#12345", "oklch(2 0.1 20)", "#ggg", "url(x)", "oklch(0.5 0.1)"])
def test_it_refuses_what_is_no_colour(typed: str) -> None:
    with pytest.raises(ValidationError):
        parse_colour(typed)
