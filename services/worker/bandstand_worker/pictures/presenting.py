"""Prepares a picture for the web: scaled to the widest variant, upright, in 8-bit sRGB, keeping transparency."""

from __future__ import annotations

import math

from PIL import Image

from bandstand.media.storage import PICTURE_WIDTHS
from bandstand_worker.pictures.colours import in_srgb, srgb_light

LONGEST_SIDE = 16_383  # pixels; WebP's maximum
_TRANSPOSED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_TURNED = {5, 6, 7, 8}
_DEEP_MAX = 65_535  # the highest 16-bit value
_BITS_8 = [round(value * 255 / _DEEP_MAX) for value in range(_DEEP_MAX + 1)]


def _value(light: float) -> float:
    return light * 12.92 if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055  # noqa: PLR2004


_TO_LIGHT = [round(srgb_light(value / 255) * _DEEP_MAX) for value in range(256)]
_FROM_LIGHT = [round(_value(light / _DEEP_MAX) * 255) for light in range(_DEEP_MAX + 1)]


def presentable(picture: Image.Image, orientation: int) -> Image.Image:
    """Return `picture`, with this EXIF orientation, as RGB or RGBA, no wider than the widest variant."""
    turned = orientation in _TURNED
    width, height = (picture.height, picture.width) if turned else picture.size
    bounded = bounded_size(width, height, PICTURE_WIDTHS[-1])
    # Scale down first, so that fewer pixels have to be converted.
    small = scaled(_in_bands(picture), (bounded[1], bounded[0]) if turned else bounded)
    small.info = picture.info
    if orientation in _TRANSPOSED:
        small = small.transpose(_TRANSPOSED[orientation])
        small.info = picture.info
    return in_srgb(small)


def bounded_size(width: int, height: int, widest: int) -> tuple[int, int]:
    """Return the size scaled down to at most `widest` wide with no side too long; never scaled up."""
    scale = min(1, widest / width, LONGEST_SIDE / height, LONGEST_SIDE / width)
    return max(1, math.floor(width * scale + 0.5)), max(1, math.floor(height * scale + 0.5))


def scaled(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return `picture` scaled down in linear light, so that fine bright lines keep their brightness."""
    if picture.size == size:
        return picture
    if picture.mode not in {"L", "RGB"}:
        return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3)  # Pillow premultiplies transparent pixels
    bands = (
        band.point(_TO_LIGHT, "I").resize(size, Image.Resampling.LANCZOS, reducing_gap=3).point(_FROM_LIGHT, "L")
        for band in picture.split()
    )
    return Image.merge(picture.mode, list(bands))


def _in_bands(picture: Image.Image) -> Image.Image:
    """Return `picture` in L, LA, RGB, RGBA or CMYK: 8 bits, no palette, transparency as an alpha band."""
    if picture.mode.startswith("I"):
        return _in_8_bits(picture)
    if picture.mode in {"L", "LA", "CMYK", "RGB", "RGBA"} and "transparency" not in picture.info:
        return picture
    if picture.mode == "1":
        picture = picture.convert("L")
    grey = picture.mode in {"L", "LA", "La"}
    if picture.has_transparency_data:
        return picture.convert("LA" if grey else "RGBA")
    return picture.convert("L" if grey else "RGB")


def _in_8_bits(picture: Image.Image) -> Image.Image:
    """Return 16-bit grey as L or LA. Pillow's own conversion clips everything from 255 up to white."""
    deep = picture.convert("I")
    grey = deep.point(_BITS_8, "L")
    see_through = picture.info.get("transparency")
    if not isinstance(see_through, int):
        return grey
    alpha = [255] * (_DEEP_MAX + 1)
    alpha[see_through] = 0
    return Image.merge("LA", [grey, deep.point(alpha, "L")])
