"""What pages make of a brand's one colour. As a fill it stays as it is, with lettering on it that can be read; as
letters or lines on the page it is moved in lightness until its contrast is enough, for light pages and for dark ones.

Sources: OKLCH and its matrices: Björn Ottosson, "A perceptual color space for image processing" (2020), as in CSS
Color 4. Contrast: WCAG 2.2, "contrast ratio" and "relative luminance".
"""

from __future__ import annotations

import functools
import math
import re
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

CONTRAST_MINIMUM = 4.5  # of text, WCAG 2.2, 1.4.3
MARK_MINIMUM = 3.0  # of lines, edges and the like, 1.4.11
_LIGHTNESS_STEP = 0.004
_HEX = re.compile(r"#?(?P<digits>[0-9a-f]{6}|[0-9a-f]{3})", re.IGNORECASE)
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)"
_OKLCH = re.compile(
    rf"oklch\(\s*(?P<l>{_NUMBER})(?P<percent>%?)\s*[\s,]\s*(?P<c>{_NUMBER})\s*[\s,]\s*(?P<h>{_NUMBER})(?:deg)?\s*\)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Scheme:
    """A colour scheme: what a brand's colour stands on, and the colours of texts and lines there."""

    paper: str
    panel: str
    ink: str
    muted: str
    line: str  # between things; tells nothing by itself
    edge: str  # around controls
    good: str
    warn: str
    bad: str
    darkens: bool

    @property
    def grounds(self) -> tuple[str, str]:
        """Everything that letters and lines may stand on."""
        return self.paper, self.panel


@dataclass(frozen=True)
class Grounds:
    """The two colour schemes of a theme."""

    light: Scheme
    dark: Scheme


# The house's own, as in static/css/tokens.css.
LIGHT = Scheme(
    paper="#f9f6ef",
    panel="#ece7dc",
    ink="#1d1713",
    muted="#5a544d",
    line="#cfcabf",
    edge="#807971",
    good="#196632",
    warn="#7b5100",
    bad="#b7191c",
    darkens=True,
)
DARK = Scheme(
    paper="#161310",
    panel="#26231f",
    ink="#f0ece3",
    muted="#b0aaa0",
    line="#403c37",
    edge="#8b857c",
    good="#6fd087",
    warn="#ebbd57",
    bad="#fe8b83",
    darkens=False,
)
HOUSE = Grounds(LIGHT, DARK)
_LETTERINGS = ("#ffffff", "#0f0e0c", "#000000")  # of any colour, one of them has a contrast of 4.5
_CALM_LIGHTNESS = 0.42
_COLOURLESS = 0.03  # chroma up to which moving the lightness makes only a grey


@dataclass(frozen=True)
class Oklch:
    """A colour: lightness 0 to 1, chroma 0 to about 0.4, hue in degrees."""

    lightness: float
    chroma: float
    hue: float


@dataclass(frozen=True)
class Shades:
    """What one scheme shows of a brand's colour, each as `#rrggbb`."""

    text: str  # letters on the page
    mark: str  # lines, underlines, outlines
    edge: str  # around a fill: the fill itself, unless it can't be told from the page
    bar: str  # what browsers and launchers frame the page with; they choose its lettering


@dataclass(frozen=True)
class Palette:
    """All that is made of one brand's colour: the fill and the lettering on it are the same in both schemes."""

    fill: str
    lettering: str
    light: Shades
    dark: Shades


@functools.lru_cache(1024)
def palette(text: str, grounds: Grounds = HOUSE) -> Palette:
    """Return what pages make of the colour that a person typed. Raises ValidationError."""
    colour = parse_colour(text)
    fill = to_hex(colour)
    return Palette(fill, lettering(fill), light=_shades(colour, grounds.light), dark=_shades(colour, grounds.dark))


def lettering(fill: str) -> str:
    """Return the colour of text on `fill`: white wherever it can be read, or else ink, or else black."""
    return next(each for each in _LETTERINGS if contrast(each, fill) >= CONTRAST_MINIMUM)


def parse_colour(text: str) -> Oklch:
    """Return the colour that a person typed: `#e4572e`, `e4572e`, `#e52` or `oklch(0.65 0.19 35)`.

    Raises ValidationError with a message for people.
    """
    text = text.strip()
    if found := _HEX.fullmatch(text):
        digits = found["digits"]
        return _from_hex(digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))  # noqa: PLR2004
    if found := _OKLCH.fullmatch(text):
        lightness = float(found["l"]) / (100 if found["percent"] else 1)
        colour = Oklch(lightness, float(found["c"]), float(found["h"]) % 360)
        if 0 <= colour.lightness <= 1 and 0 <= colour.chroma <= 0.5:  # noqa: PLR2004
            return colour
    raise ValidationError(_("Enter a colour such as #e4572e or oklch(0.65 0.19 35)."), code="colour")


def _shades(colour: Oklch, scheme: Scheme) -> Shades:
    fill = to_hex(colour)
    return Shades(
        text=_moved(colour, scheme, CONTRAST_MINIMUM),
        mark=_moved(colour, scheme, MARK_MINIMUM),
        edge=fill if _stands_out(fill, scheme, MARK_MINIMUM) else scheme.ink,
        bar=fill if scheme.darkens else _calm(colour, scheme),
    )


def _calm(colour: Oklch, scheme: Scheme) -> str:
    """Return the colour as the frame of a dark page: no bright bar at night."""
    if colour.chroma <= _COLOURLESS:
        return scheme.paper
    return to_hex(Oklch(min(colour.lightness, _CALM_LIGHTNESS), colour.chroma, colour.hue))


def _moved(colour: Oklch, scheme: Scheme, least: float) -> str:
    """Return the colour nearest in lightness that has this contrast; ink for a mere grey, which would look disabled."""
    shade = to_hex(colour)
    if not _stands_out(shade, scheme, least) and colour.chroma <= _COLOURLESS:
        return scheme.ink
    step = -_LIGHTNESS_STEP if scheme.darkens else _LIGHTNESS_STEP
    lightness = colour.lightness
    while not _stands_out(shade, scheme, least):
        lightness = min(max(lightness + step, 0.0), 1.0)  # black and white always pass
        shade = to_hex(Oklch(lightness, colour.chroma, colour.hue))
    return shade


def _stands_out(shade: str, scheme: Scheme, least: float) -> bool:
    return all(contrast(shade, ground) >= least for ground in scheme.grounds)


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio, 1 to 21, of two colours as `#rrggbb`."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def to_hex(colour: Oklch) -> str:
    """Return `#rrggbb`; a colour outside sRGB is brought into gamut by lowering its chroma."""
    low, high = 0.0, colour.chroma
    rgb = _linear_rgb(colour.lightness, colour.chroma, colour.hue)
    if not _in_gamut(rgb):
        while high - low > 0.0005:  # noqa: PLR2004
            middle = (low + high) / 2
            if _in_gamut(_linear_rgb(colour.lightness, middle, colour.hue)):
                low = middle
            else:
                high = middle
        rgb = _linear_rgb(colour.lightness, low, colour.hue)
    return "#" + "".join(f"{round(_encode(min(max(channel, 0.0), 1.0)) * 255):02x}" for channel in rgb)


def _from_hex(digits: str) -> Oklch:
    red, green, blue = _decode_hex(digits)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return Oklch(min(max(lightness, 0.0), 1.0), math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360)


def _linear_rgb(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _in_gamut(rgb: tuple[float, float, float]) -> bool:
    return all(-0.0001 <= channel <= 1.0001 for channel in rgb)  # noqa: PLR2004


def _luminance(colour: str) -> float:
    red, green, blue = _decode_hex(colour.removeprefix("#"))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _decode_hex(digits: str) -> tuple[float, float, float]:
    red, green, blue = (int(digits[index : index + 2], 16) / 255 for index in (0, 2, 4))
    return _decode(red), _decode(green), _decode(blue)


def _decode(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4  # noqa: PLR2004


def _encode(channel: float) -> float:
    return channel * 12.92 if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055  # noqa: PLR2004
