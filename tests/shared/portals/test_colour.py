from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from hypothesis import example, given
from hypothesis import strategies as st

from bandstand.portals.colour import (
    CONTRAST_MINIMUM,
    DARK,
    LIGHT,
    MARK_MINIMUM,
    Palette,
    contrast,
    palette,
    parse_colour,
    to_hex,
)
from bandstand.portals.design import Design
from bandstand.portals.named_colours import NAMED_COLOURS
from bandstand.portals.theme import theme_sheet, theme_version

STYLES = Path(__file__).resolve().parents[3] / "services/web/bandstand_web/static/css"

hex_colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
oklch_colours = st.builds(
    lambda lightness, chroma, hue: f"oklch({lightness:.4f} {chroma:.4f} {hue:.1f})",
    st.floats(0, 1),
    st.floats(0, 0.5),
    st.floats(0, 359.9),
)


def assert_readable(made: Palette) -> None:
    assert contrast(made.lettering, made.fill) >= CONTRAST_MINIMUM
    for scheme, shades in ((LIGHT, made.light), (DARK, made.dark)):
        for ground in scheme.grounds:
            assert contrast(shades.text, ground) >= CONTRAST_MINIMUM
            assert contrast(shades.mark, ground) >= MARK_MINIMUM
            assert contrast(shades.edge, ground) >= MARK_MINIMUM


@given(typed=hex_colours)
@example("#ffff00")
@example("#000000")
@example("#ffffff")
@example("#777777")
def test_any_colour_is_a_fill_as_it_is_and_can_be_read_everywhere(typed: str) -> None:
    made = palette(typed)

    assert max(abs(one - other) for one, other in zip(channels(made.fill), channels(typed), strict=True)) <= 1
    assert_readable(made)


@given(typed=oklch_colours)
def test_colours_beyond_the_screen_can_be_read_too(typed: str) -> None:
    assert_readable(palette(typed))


@pytest.mark.parametrize(
    ("typed", "lettering"),
    [("#ffff00", "#0f0e0c"), ("#14224f", "#ffffff"), ("#d6402b", "#ffffff"), ("#000000", "#ffffff")],
    ids=["dark on yellow", "light on navy", "white on red", "white on black"],
)
def test_lettering_suits_the_fill(typed: str, lettering: str) -> None:
    assert palette(typed).lettering == lettering


def test_only_what_can_not_be_read_is_moved() -> None:
    red, yellow = palette("#7a1f0e"), palette("#ffff00")

    assert (red.light.text, red.light.mark, red.light.edge) == ("#7a1f0e",) * 3
    assert (yellow.dark.text, yellow.dark.mark, yellow.dark.edge) == ("#ffff00",) * 3
    assert yellow.light.text != "#ffff00"
    assert yellow.light.edge == LIGHT.ink


def test_black_and_white_become_ink_and_never_a_grey() -> None:
    assert palette("#000000").dark.text == DARK.ink
    assert palette("#ffffff").light.text == LIGHT.ink


def test_named_colours_are_written_as_pickers_write_them() -> None:
    assert all(to_hex(parse_colour(colour)) == colour for colour, _name in NAMED_COLOURS)
    assert len({str(name) for _colour, name in NAMED_COLOURS}) == len(NAMED_COLOURS)


def test_the_house_grounds_are_those_of_the_style_sheets() -> None:
    tokens = (STYLES / "tokens.css").read_text(encoding="utf-8").partition("@media (prefers-color-scheme: dark)")
    for scheme, sheet in ((LIGHT, tokens[0]), (DARK, tokens[2])):
        found = {
            name: to_hex(parse_colour(value)) for name, value in re.findall(r"--([\w-]+): (oklch\([^)]+\));", sheet)
        }
        assert found.pop("other-paper", "") in {"", LIGHT.paper, DARK.paper}
        assert found == {name: getattr(scheme, name) for name in found}
        assert len(found) == 9


def test_without_a_theme_pages_have_the_house_colour() -> None:
    tokens = (STYLES / "tokens.css").read_text(encoding="utf-8").partition("@media (prefers-color-scheme: dark)")
    light, _media, dark = theme_sheet(Design("#d6402b")).partition("@media")
    for ours, theirs in ((tokens[0], light), (tokens[0] + tokens[2], dark)):
        written = dict(re.findall(r"--([\w-]+): (#\w+);", ours))
        assert dict(re.findall(r"--([\w-]+): (#\w+);", theirs)).items() <= written.items()


@pytest.mark.parametrize("fill", ["fill", "second"])
def test_what_is_filled_has_its_lettering_and_nothing_else_wears_it(fill: str) -> None:
    """A fill is a brand's own colour, readable with its lettering alone; text on the page has --accent."""
    for path in STYLES.rglob("*.css"):
        for selector, rule in re.findall(r"([^{}]+)\{([^{}]*)\}", path.read_text(encoding="utf-8")):
            named = dict(re.findall(rf"(?<![\w-])(background|color): var\(--({fill}|{fill}-ink)\);", rule))
            where = f"{path.name}: {selector.strip()}"
            assert named.get("background") != named.get("color") or not named, where
            assert len(named) != 1, where
            assert "background: var(--accent)" not in rule or "progress" in selector, where


def test_an_address_changes_with_what_the_sheet_says() -> None:
    versions = {theme_version(Design(colour)) for colour in ("#d6402b", "#ffff00", "#000000", "#ffffff")}

    assert len(versions) == 4
    assert all(0 <= version < 2**31 for version in versions)


@given(typed=hex_colours)
def test_it_gives_back_the_colour_that_was_typed(typed: str) -> None:
    back = to_hex(parse_colour(typed))
    assert max(abs(one - other) for one, other in zip(channels(back), channels(typed), strict=True)) <= 1


def test_it_knows_the_contrast_of_black_and_white() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("typed", ["#e52", "E4572E", "oklch(0.65 0.19 35)", "oklch(65% 0.19 35deg)"])
def test_it_reads_colours_as_people_write_them(typed: str) -> None:
    assert parse_colour(f" {typed} ")


@pytest.mark.parametrize("typed", ["", "red", "#12345", "oklch(2 0.1 20)", "#ggg", "url(x)", "oklch(0.5 0.1)"])
def test_it_refuses_what_is_no_colour(typed: str) -> None:
    with pytest.raises(ValidationError):
        parse_colour(typed)


def channels(colour: str) -> list[int]:
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
