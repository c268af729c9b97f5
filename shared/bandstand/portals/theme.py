"""A portal's design as a style sheet of custom properties, so that pages need no inline styles."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator

from bandstand.portals.colour import HOUSE, Palette, Scheme, Shades, palette
from bandstand.portals.design import Corners, Density, Design
from bandstand.portals.designed_themes import POSTER, THEMES

# The backstage has the house's papers and fonts in the portal's colours. Pages for visitors say that they are designed.
_EVERYWHERE, _DESIGNED = ":root", ":root[data-look]"
_DARK = "@media (prefers-color-scheme: dark) {{\n{rules}}}\n"
_CORNERS = {Corners.SOFT: ("0.625rem", "0.375rem"), Corners.ROUND: ("1.5rem", "1.375rem")}
_AIR = {
    Density.AIRY: ("clamp(4rem, 3rem + 5vw, 8rem)", "1.625rem"),
    Density.COMPACT: ("clamp(2rem, 1.5rem + 2vw, 3.5rem)", "0.5rem"),
}

Properties = Iterator[tuple[str, str]]


@functools.lru_cache(1024)
def theme_sheet(design: Design, scheme: str = "") -> str:
    """Return the style sheet for light and dark pages, or for pages that are always "light" or "dark"."""
    shape = _rule(_DESIGNED, _shape(design))
    if scheme:
        return _colours(design, scheme) + shape
    return _colours(design, "light") + _DARK.format(rules=_colours(design, "dark")) + shape


@functools.lru_cache(1024)
def theme_version(design: Design) -> int:
    """Return a number for the sheet's address, which changes with what is in the sheet, whoever's release made it.

    A number below 2³¹, as processes of the release before read one there.
    """
    return int.from_bytes(hashlib.blake2b(theme_sheet(design).encode(), digest_size=4).digest()) >> 1


def _colours(design: Design, scheme: str) -> str:
    on_house_paper = palette(design.accent)
    everywhere = _rule(_EVERYWHERE, _brand(on_house_paper, getattr(on_house_paper, scheme)))
    return everywhere + _rule(_DESIGNED, _designed_colours(design, scheme))


def _designed_colours(design: Design, scheme: str) -> Properties:
    if design.theme.grounds != HOUSE:
        yield from _ground(getattr(design.theme.grounds, scheme))
        yield from _brand(design.palette, getattr(design.palette, scheme))
    if second := design.second_palette:
        yield from _second(second, getattr(second, scheme))


def _ground(scheme: Scheme) -> Properties:
    for name in ("paper", "panel", "ink", "muted", "line", "edge", "good", "warn", "bad"):
        yield f"--{name}", getattr(scheme, name)
    yield "--field", f"color-mix(in oklab, var(--paper), {'white 45%' if scheme.darkens else 'black 25%'})"


def _brand(made: Palette, shades: Shades) -> Properties:
    yield "--fill", made.fill
    yield "--fill-ink", made.lettering
    yield "--fill-edge", shades.edge
    yield "--mark", shades.mark
    yield "--accent", shades.text


def _second(made: Palette, shades: Shades) -> Properties:
    yield "--second", made.fill
    yield "--second-ink", made.lettering
    yield "--second-edge", shades.edge
    yield "--second-text", shades.text


def _shape(design: Design) -> Properties:
    """Yield what differs from tokens.css, which is Poster's."""
    if design.pair.name != THEMES[POSTER].pair:
        yield "--display", design.pair.display.css
        yield "--text", design.pair.text.css
        yield "--display-weight", str(design.pair.weight)
    if large_and_small := _CORNERS.get(Corners(design.corners)):
        yield "--corner", large_and_small[0]
        yield "--corner-small", large_and_small[1]
    if design.density:
        section, row = _AIR[Density(design.density)]
        yield "--section", section
        yield "--row", row


def _rule(selector: str, properties: Properties) -> str:
    found = "".join(f"  {name}: {value};\n" for name, value in properties)
    return f"{selector} {{\n{found}}}\n" if found else ""
