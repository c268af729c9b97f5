"""Pictures as cameras, phones and programs write them, made here."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Sequence
from typing import Any

from PIL import Image, ImageChops, ImageCms, ImageDraw

PNG_HEAD = b"\x89PNG\r\n\x1a\n"


def drawn(kind: str, size: tuple[int, int] = (160, 120), mode: str = "RGB", **options: Any) -> bytes:
    """Return a picture in a format of Pillow's: a red field, a green disc, a white box below on the right."""
    image = Image.new("RGB", size, "tomato")
    draw = ImageDraw.Draw(image)
    draw.ellipse((4, 4, size[0] // 2, size[1] // 2), fill="teal")
    draw.rectangle((size[0] // 2, size[1] // 2, *size), fill="white")
    return saved(image.convert(mode), kind, **options)


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    """Return the file."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def palette(profile: bytes | None = None) -> bytes:
    """Return the same with a palette."""
    return saved(Image.open(io.BytesIO(drawn("PNG"))).quantize(16), "PNG", icc_profile=profile)


def ycck() -> bytes:
    """Return the same as presses have it: CMYK, inverted, whose first bands are written as YCC of the opposite."""
    bands = ImageChops.invert(Image.open(io.BytesIO(drawn("PNG")))).convert("YCbCr").split()
    inverted = [band.point(lambda value: 255 - value) for band in bands]
    whole = saved(Image.merge("CMYK", [*inverted, Image.new("L", bands[0].size, 0)]), "JPEG", quality=95)
    at = whole.index(b"Adobe\0") + 11  # its last byte says how the bands are coded
    return whole[:at] + b"\2" + whole[at + 1 :]


def noise(size: tuple[int, int], grain: int = 4) -> Image.Image:
    """Return a picture with detail in all places, of so many pixels each."""
    small = (size[0] // grain, size[1] // grain)
    bands = [Image.effect_noise(small, 60 + 10 * band) for band in range(3)]
    return Image.merge("RGB", bands).resize(size, Image.Resampling.BICUBIC)


def chunk(name: bytes, content: bytes, *, crc: int | None = None) -> bytes:
    """Return one part of a PNG."""
    check = zlib.crc32(name + content) if crc is None else crc
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)


def png(
    rows: Sequence[bytes], width: int, *, depth: int, colour: int, before: bytes = b"", interlaced: bool = False
) -> bytes:
    """Return a PNG of raw rows, with further chunks `before` the data."""
    header = struct.pack(">IIBBBBB", width, len(rows), depth, colour, 0, 0, int(interlaced))
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    return PNG_HEAD + chunk(b"IHDR", header) + before + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def with_chunk(whole: bytes, extra: bytes) -> bytes:
    """Return a PNG with a chunk more, behind its header."""
    return whole[:33] + extra + whole[33:]


def even_png(values: Sequence[int], *, depth: int, colour: int, side: int = 64, before: bytes = b"") -> bytes:
    """Return a PNG in one colour."""
    pixel = b"".join(value.to_bytes(depth // 8) for value in values)
    return png([pixel * side] * side, side, depth=depth, colour=colour, before=before)


def swapped_profile() -> bytes:
    """Return an ICC profile of sRGB in which red and green have changed places: whoever heeds it is seen to."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for at in range(132, 132 + 12 * struct.unpack_from(">I", data, 128)[0], 12):
        name = bytes(data[at : at + 4])
        data[at : at + 4] = {b"rXYZ": b"gXYZ", b"gXYZ": b"rXYZ"}.get(name, name)
    return bytes(data)


def svg(content: str, attributes: str = 'viewBox="0 0 200 100"', before: str = "") -> bytes:
    """Return a drawing."""
    spaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f"{before}<svg {spaces} {attributes}>{content}</svg>".encode()
