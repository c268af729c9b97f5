"""A brand's colours as a style sheet of custom properties, so that pages need no inline styles."""

from __future__ import annotations

import functools
import hashlib

from bandstand.portals.colour import Palette, Shades

_ROOT = """\
:root {{
  --fill: {fill};
  --fill-ink: {lettering};
  --fill-edge: {edge};
  --mark: {mark};
  --accent: {text};
}}
"""
_DARK = "@media (prefers-color-scheme: dark) {{\n{root}}}\n"


@functools.lru_cache(1024)
def theme_sheet(palette: Palette, scheme: str = "") -> str:
    """Return the style sheet for light and dark pages, or for pages that are always "light" or "dark"."""
    if scheme:
        return _root(palette, palette.dark if scheme == "dark" else palette.light)
    return _root(palette, palette.light) + _DARK.format(root=_root(palette, palette.dark))


@functools.lru_cache(1024)
def theme_version(palette: Palette) -> int:
    """Return a number for the sheet's address, which changes with what is in the sheet, whoever's release made it.

    A number below 2³¹, as processes of the release before read one there.
    """
    return int.from_bytes(hashlib.blake2b(theme_sheet(palette).encode(), digest_size=4).digest()) >> 1


def _root(palette: Palette, shades: Shades) -> str:
    return _ROOT.format(
        fill=palette.fill, lettering=palette.lettering, edge=shades.edge, mark=shades.mark, text=shades.text
    )
