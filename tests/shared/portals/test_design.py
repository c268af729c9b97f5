"""Whatever a portal chooses can be read, in each theme and in both schemes, and what it asks for is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import bandstand.portals
from bandstand.portals.colour import CONTRAST_MINIMUM, MARK_MINIMUM, Scheme, contrast
from bandstand.portals.design import Corners, Density, Design, Header
from bandstand.portals.designed_themes import POSTER, THEMES
from bandstand.portals.font_pairs import FONT_PAIRS, Font
from bandstand.portals.theme import theme_sheet, theme_version
from tests.servers import ROOT

STATIC = ROOT / "services" / "web" / "bandstand_web" / "static"
FONTS = Path(bandstand.portals.__path__[0]) / "fonts"
colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
# What stands on what, as style sheets use the properties of theme.css: the least contrast of each pair.
TEXT_ON = {
    "paper": ("ink", "muted", "good", "warn", "bad", "accent", "second-text"),
    "panel": ("ink", "muted", "good", "warn", "bad", "accent", "second-text"),
    "fill": ("fill-ink",),
    "second": ("second-ink",),
}
LINES_ON = {
    "paper": ("edge", "mark", "fill-edge", "second-edge"),
    "panel": ("edge", "mark", "fill-edge", "second-edge"),
}


def properties(sheet: str, selector: str) -> dict[str, str]:
    """Return the custom properties that a sheet for one scheme gives to the root that `selector` names, and to any."""
    rules = re.findall(r"(:root(?:\[data-look\])?) \{\n([^}]*)\}", sheet)
    named = [rule for where, rule in rules if where in {":root", selector}]
    return {name: value for rule in named for name, value in re.findall(r"--([\w-]+): ([^;]+);", rule)}


def with_the_house(found: dict[str, str], scheme: Scheme) -> dict[str, str]:
    """Add what tokens.css says where a sheet says nothing."""
    house = {name: getattr(scheme, name) for name in ("paper", "panel", "ink", "muted", "edge", "good", "warn", "bad")}
    ink, paper = found.get("ink", scheme.ink), found.get("paper", scheme.paper)
    second = {"second": ink, "second-ink": paper, "second-edge": ink, "second-text": ink}
    return {**house, **second, **found}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("theme", THEMES)
@given(accent=colours, second=st.one_of(st.just(""), colours))
@example(accent="#ffff00", second="#ffffff")
@example(accent="#000000", second="#777777")
@example(accent="#ffffff", second="#000000")
def test_everything_can_be_read(theme: str, scheme: str, accent: str, second: str) -> None:
    sheet = theme_sheet(Design(accent, theme, second=second), scheme)
    found = with_the_house(properties(sheet, ":root[data-look]"), getattr(THEMES[POSTER].grounds, scheme))

    for grounds, least in ((TEXT_ON, CONTRAST_MINIMUM), (LINES_ON, MARK_MINIMUM)):
        for ground, names in grounds.items():
            for name in names:
                assert contrast(found[name], found[ground]) >= least, (name, ground)


@given(accent=colours, second=colours)
def test_the_backstage_stays_on_the_houses_paper(accent: str, second: str) -> None:
    """Its pages don't say that they are designed, so what is theirs must suit the house's own grounds."""
    poster = theme_sheet(Design(accent))

    assert theme_sheet(Design(accent, "zine", second=second)).startswith(poster.partition("@media")[0])
    assert ":root[data-look]" not in poster


def test_poster_says_nothing_but_the_colours() -> None:
    assert theme_sheet(Design("#d6402b")) == (
        ":root {\n  --fill: #d6402b;\n  --fill-ink: #ffffff;\n  --fill-edge: #d6402b;\n  --mark: #d6402b;\n"
        "  --accent: #c52e1a;\n}\n"
        "@media (prefers-color-scheme: dark) {\n"
        ":root {\n  --fill: #d6402b;\n  --fill-ink: #ffffff;\n  --fill-edge: #d6402b;\n  --mark: #d6402b;\n"
        "  --accent: #ee5741;\n}\n}\n"
    )


def test_each_choice_is_another_sheet() -> None:
    designs = [Design("#d6402b", theme) for theme in THEMES]
    designs += [Design("#d6402b", pair_name=pair) for pair in FONT_PAIRS if pair != THEMES[POSTER].pair]
    designs += [Design("#d6402b", corners_chosen=corners) for corners in Corners if corners != Corners.SQUARE]
    designs += [Design("#d6402b", density=density) for density in Density]
    designs += [Design("#d6402b", second="#ffd400")]

    assert len({theme_version(design) for design in designs}) == len(designs)


def test_a_theme_names_what_there_is() -> None:
    for theme in THEMES.values():
        assert theme.pair in FONT_PAIRS
        assert theme.corners in Corners.values
        assert theme.header in Header.values
        assert not theme.sheet or (STATIC / theme.sheet).is_file()
        assert (STATIC / theme.thumbnail).is_file()
    assert len(THEMES) == 5


def test_fonts_are_there_with_their_licence_and_declared() -> None:
    fonts = {font.file: font for pair in FONT_PAIRS.values() for font in (pair.display, pair.text)}
    declared = (STATIC / "css" / "fonts.css").read_text(encoding="utf-8")
    sources = (STATIC / "SOURCES.md").read_text(encoding="utf-8")

    def assert_there(font: Font) -> None:
        assert (FONTS / f"{font.file}.OFL.txt").is_file()
        for part in ("latin", "latin-ext"):
            assert (FONTS / f"{font.file}-{part}.woff2").is_file()
            assert f'"{font.family}";\n  src: url("../fonts/{font.file}-{part}.woff2")' in declared
        assert f"fonts/{font.file}-" in sources

    for font in fonts.values():
        assert_there(font)
    assert len(FONT_PAIRS) == 8
    named = set(re.findall(r"fonts/([\w-]+\.woff2)", declared))
    assert named == {path.name for path in FONTS.glob("*.woff2")}, "no file that nobody asks for"
    assert sum(path.stat().st_size for path in FONTS.iterdir()) < 1_200_000
