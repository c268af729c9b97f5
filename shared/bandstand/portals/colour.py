"""One accent colour, kept readable: an organization's colour is moved in lightness until text on it and in it has
enough contrast, once for the light scheme and once for the dark one.

Sources: OKLCH and its matrices: Björn Ottosson, "A perceptual color space for image processing" (2020), as in CSS
Color 4. Contrast: WCAG 2.2, "contrast ratio" and "relative luminance".
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

CONTRAST_MINIMUM = 4.5
_LIGHTNESS_STEP = 0.004
_HEX = re.compile(r"#?(?P<digits>[0-9a-f]{6}|[0-9a-f]{3})", re.IGNORECASE)
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)"
_OKLCH = re.compile(
    rf"oklch\(\s*(?P<l>{_NUMBER})(?P<percent>%?)\s*[\s,]\s*(?P<c>{_NUMBER})\s*[\s,]\s*(?P<h>{_NUMBER})(?:deg)?\s*\)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Scheme:
    """A colour scheme: the surface closest to an accent in luminance, and the text colours put on an accent.

    `surface` is the tinted panel, not the page background, on which an accent is even more readable.
    """

    surface: str
    lettering: str
    darkens: bool


LIGHT = Scheme(surface="#ece7dc", lettering="#ffffff", darkens=True)
DARK = Scheme(surface="#26231f", lettering="#0f0e0c", darkens=False)


@dataclass(frozen=True)
class Oklch:
    """A colour: lightness 0 to 1, chroma 0 to about 0.4, hue in degrees."""

    lightness: float
    chroma: float
    hue: float


@dataclass(frozen=True)
class Accent:
    """An accent for one scheme, and the colour of text on it; both as `#rrggbb`."""

    colour: str
    lettering: str


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


def readable_accent(colour: Oklch, scheme: Scheme) -> Accent:
    """Return the accent nearest to `colour` in lightness that is readable in `scheme`, both as text and under text."""
    step = -_LIGHTNESS_STEP if scheme.darkens else _LIGHTNESS_STEP
    lightness = colour.lightness
    while True:
        accent = to_hex(Oklch(lightness, colour.chroma, colour.hue))
        if min(contrast(accent, scheme.surface), contrast(accent, scheme.lettering)) >= CONTRAST_MINIMUM:
            return Accent(accent, scheme.lettering)
        lightness = min(max(lightness + step, 0.0), 1.0)  # black and white always pass


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
