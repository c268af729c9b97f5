"""Draws a portal's icons. `confining` runs it in a process of its own, with FOLDER, WHAT and FONT … as arguments.

WHAT is `{"letters": …, "fill": …, "lettering": …}`. If FOLDER holds a file `logo`, the icons are made of it, else of
the first of the letters that one of the fonts has. It writes what `bandstand.portals.icon_files` names into FOLDER and
prints `{"ground": "light" or "dark"}` if the logo can only be seen on that scheme's paper, else `{"ground": ""}`.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageOps

from bandstand.portals.colour import DARK, LIGHT, MARK_MINIMUM, contrast
from bandstand.portals.icon_files import ICON_FILES

Tile = Callable[[int, float], Image.Image]  # by side and share of it that the drawing may take

_ICO_SIDES = (16, 32, 48)
_SMALL, _USUAL, _MASKABLE = 0.86, 0.7, 0.5  # shares; a maskable icon's drawing stays within a circle of 0.8
_WEIGHT, _WIDTH = 800, 84  # as headings have them
_SEEN = 128  # alpha from which a pixel counts
_CLEAR_ENOUGH = 0.9  # share of a logo's pixels that must be told from its ground
_SAMPLE = 48


def main(arguments: Sequence[str]) -> None:
    """Draw and print."""
    folder, what, *fonts = arguments
    source, wanted = Path(folder) / "logo", json.loads(what)
    ground = ""
    if source.exists():
        logo = _opened(source)
        is_transparent = _is_transparent(logo)
        logo = _without_margins(logo)
        tile = _logo_tile(logo, _ground(logo, wanted["fill"]) if is_transparent else _corners(logo))
        ground = _paper_needed(logo) if is_transparent else ""
    else:
        tile = _letter_tile(wanted["letters"], wanted["fill"], wanted["lettering"], fonts)
    write(tile, Path(folder))
    json.dump({"ground": ground}, sys.stdout)


def write(tile: Tile, folder: Path) -> None:
    """Write all files of an icon set."""
    for name, side in ICON_FILES.items():
        if name.endswith(".ico"):
            *smaller, largest = (tile(each, _SMALL) for each in _ICO_SIDES)
            sides = [(each, each) for each in _ICO_SIDES]
            largest.save(folder / name, "ICO", sizes=sides, append_images=smaller)
        else:
            tile(side, _MASKABLE if "maskable" in name else _USUAL).save(folder / name, "PNG", optimize=True)


def _letter_tile(letters: str, fill: str, lettering: str, fonts: Sequence[str]) -> Tile:
    letter, font = _drawable(letters, fonts)

    def tile(side: int, share: float) -> Image.Image:
        image = Image.new("RGB", (side, side), fill)
        if letter:
            left, top, right, bottom = _font(font, 1000).getbbox(letter, anchor="ls")
            sized = _font(font, max(1, math.floor(1000 * share * side / max(right - left, bottom - top))))
            left, top, right, bottom = sized.getbbox(letter, anchor="ls")
            at = ((side - left - right) / 2, (side - top - bottom) / 2)
            ImageDraw.Draw(image).text(at, letter, font=sized, fill=lettering, anchor="ls")
        return image

    return tile


def _drawable(letters: str, fonts: Sequence[str]) -> tuple[str, str]:
    """Return the first letter that a font has, and the font. A font draws one box for all that it hasn't."""
    for letter in letters:
        for path in fonts:
            font = _font(path, 64)
            if bytes(font.getmask(letter)) != bytes(font.getmask("\U0010fffd")):
                return letter, path
    return "", fonts[0]


def _font(path: str, size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(path, size)
    font.set_variation_by_axes([_WEIGHT, _WIDTH])
    return font


def _opened(source: Path) -> Image.Image:
    with Image.open(source, formats=["WEBP", "JPEG"]) as picture:
        return picture.convert("RGBA")


def _is_transparent(logo: Image.Image) -> bool:
    return logo.getchannel("A").getextrema()[0] < _SEEN  # type: ignore[operator]


def _without_margins(logo: Image.Image) -> Image.Image:
    """Return the logo without the empty margins that many have."""
    return logo.crop(logo.getchannel("A").point(lambda alpha: 255 * (alpha >= _SEEN // 4)).getbbox())


def _logo_tile(logo: Image.Image, ground: str) -> Tile:
    def tile(side: int, share: float) -> Image.Image:
        image = Image.new("RGB", (side, side), ground)
        room = max(1, math.floor(side * (share + (1 - share) / 3 if share > _MASKABLE else share)))
        fitted = ImageOps.contain(logo, (room, room), Image.Resampling.LANCZOS)
        image.paste(fitted, ((side - fitted.width) // 2, (side - fitted.height) // 2), fitted)
        return image

    return tile


def _ground(logo: Image.Image, fill: str) -> str:
    """Return the first colour that a transparent logo is told from well enough, or else the best."""
    grounds = ("#ffffff", fill, DARK.paper)
    clear = {ground: _share_told_from(logo, ground) for ground in grounds}
    return next((ground for ground in grounds if clear[ground] >= _CLEAR_ENOUGH), max(grounds, key=clear.__getitem__))


def _corners(logo: Image.Image) -> str:
    """Return what an opaque logo goes on in: the colour of its four corners together."""
    pixels = logo.convert("RGB")
    right, bottom = logo.width - 1, logo.height - 1
    corners = [pixels.getpixel(at) for at in ((0, 0), (right, 0), (0, bottom), (right, bottom))]
    return _hex(tuple(sum(channel) // 4 for channel in zip(*corners, strict=True)))


def _paper_needed(logo: Image.Image) -> str:
    """Return the scheme on whose paper the logo has to stand in both, as most of it is lost on the other's."""
    light, dark = (_share_told_from(logo, scheme.paper) for scheme in (LIGHT, DARK))
    if min(light, dark) >= 1 / 2:
        return ""
    return "light" if light >= dark else "dark"


def _share_told_from(logo: Image.Image, ground: str) -> float:
    """Return the share of the logo's pixels that are told from a ground by 3:1."""
    sample = logo.resize((_SAMPLE, _SAMPLE), Image.Resampling.BOX)
    values = [iter(sample.tobytes())] * 4  # taken in turn: red, green, blue, alpha
    pixels = [_hex((red, green, blue)) for red, green, blue, alpha in zip(*values, strict=True) if alpha >= _SEEN]
    return sum(contrast(pixel, ground) >= MARK_MINIMUM for pixel in pixels) / len(pixels) if pixels else 0.0


def _hex(pixel: tuple[int, int, int]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*pixel)
