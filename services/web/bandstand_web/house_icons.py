"""The platform's own icons, drawn from the shapes of static/img/mark.svg: also a portal's until it has some.

Web has no decoder of pictures and needs none: a PNG of a few shapes is rows of pixels, packed by zlib.
"""

from __future__ import annotations

import functools
import struct
import zlib
from collections.abc import Iterator

from bandstand.portals.icon_files import ICON_FILES

_FIELD, _SHAPES = (0xD6, 0x40, 0x2B), (0xFF, 0xFF, 0xFF)
_GRID = 32  # the drawing's side
_MASKABLE = 0.68  # how large the drawing stands in icons that are cut to a circle
_FINE = 4  # lines of the drawing per row of pixels
_EAVES = ((16, 3), (17, 6), (21, 9.5), (28, 11.5))  # the roof's right half, a Bézier curve
_ICO_HEADER = struct.Struct("<HHHBBBBHHII")

Spans = tuple[tuple[float, float], ...]


@functools.cache
def house_icon(file: str) -> bytes:
    """Return the contents of one of ICON_FILES."""
    side = ICON_FILES[file]
    image = _png(side, _MASKABLE if "maskable" in file else 1)
    if not file.endswith(".ico"):
        return image
    return _ICO_HEADER.pack(0, 1, 1, side, side, 0, 0, 1, 24, len(image), _ICO_HEADER.size) + image


def _png(side: int, scale: float) -> bytes:
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    rows = b"".join(b"\0" + _row(side, _lines(side, scale, row)) for row in range(side))
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    packed = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def _lines(side: int, scale: float, row: int) -> tuple[Spans, ...]:
    """Return what the shapes cover of each fine line of a row, in pixels."""
    unit = side * scale / _GRID
    margin = side * (1 - scale) / 2
    heights = ((row + (fine + 0.5) / _FINE - margin) / unit for fine in range(_FINE))
    return tuple(tuple((margin + a * unit, margin + b * unit) for a, b in _spans(height)) for height in heights)


@functools.lru_cache(64)
def _row(side: int, lines: tuple[Spans, ...]) -> bytes:
    """Return a row of pixels; those at edges are mixed."""
    covered = [0.0] * side
    for begin, end in (span for line in lines for span in line):
        for pixel in range(int(begin), min(int(end) + 1, side)):
            covered[pixel] += max(0.0, min(end, pixel + 1) - max(begin, pixel)) / _FINE
    return bytes(round(a + (b - a) * share) for share in covered for a, b in zip(_FIELD, _SHAPES, strict=True))


def _spans(height: float) -> Iterator[tuple[float, float]]:
    if _EAVES[0][1] <= height < 14:  # noqa: PLR2004 - numbers of the drawing
        half = _eave(height) - _GRID / 2 if height < _EAVES[-1][1] else 12
        yield _GRID / 2 - half, _GRID / 2 + half
    if 15.5 <= height < 24:  # noqa: PLR2004
        yield from ((left, left + 2.5) for left in (6, 14.75, 23.5))
    if 25.5 <= height < 29:  # noqa: PLR2004
        yield 3, 29


def _eave(height: float) -> float:
    """Return how far right the roof reaches at a height."""
    low, high = 0.0, 1.0
    for _step in range(20):
        middle = (low + high) / 2
        low, high = (middle, high) if _bezier(middle, 1) < height else (low, middle)
    return _bezier(low, 0)


def _bezier(t: float, axis: int) -> float:
    a, b, c, d = (point[axis] for point in _EAVES)
    return a * (1 - t) ** 3 + 3 * b * t * (1 - t) ** 2 + 3 * c * t**2 * (1 - t) + d * t**3
