"""Re-encodes one untrusted picture. `confining` runs it in a process of its own, with SOURCE and FOLDER as arguments.

It writes `<format>-<width>` files into FOLDER and prints
`{"width": …, "height": …, "variants": {format: [width, …]}}`, or `{"refusal": reason}`. Nothing but pixels gets
through: no metadata, no profile, no second frame. A crash or a bomb costs this process and no other.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageCms, ImageOps

from bandstand.media.storage import (
    AVIF,
    GIF,
    JPEG,
    PICTURE_MAX_PIXELS,
    PICTURE_MIN_SIDE,
    PICTURE_WIDTHS,
    PNG,
    SNIFFED_BYTES,
    WEBP,
    sniff_type,
)

WRONG_TYPE, DAMAGED, TOO_LARGE, TOO_SMALL, TOO_HEAVY = "wrong_type", "damaged", "too_large", "too_small", "too_heavy"
_DECODERS = {JPEG: "JPEG", PNG: "PNG", WEBP: "WEBP", AVIF: "AVIF", GIF: "GIF"}
FORMATS: dict[str, dict[str, Any]] = {
    "webp": {"format": "WEBP", "quality": 80, "method": 4},
    "jpeg": {"format": "JPEG", "quality": 82, "optimize": True, "progressive": True},
}


class RefusedError(ValueError):
    """The picture isn't taken; the argument is one of the reasons above."""


def encode(source: Path, folder: Path) -> dict[str, Any]:
    """Write the variants of `source` into `folder` and return what was made. Raises RefusedError."""
    with source.open("rb") as file:
        kind = sniff_type(file.read(SNIFFED_BYTES))
        if kind is None:
            raise RefusedError(WRONG_TYPE)
        file.seek(0)
        picture = _decode(file, _DECODERS[kind])
    variants: dict[str, list[int]] = {name: [] for name in FORMATS}
    for width in sorted({min(width, picture.width) for width in PICTURE_WIDTHS}):
        height = max(1, round(picture.height * width / picture.width))
        scaled = picture.resize((width, height), Image.Resampling.LANCZOS)
        for name, options in FORMATS.items():
            _flat(scaled, name).save(folder / f"{name}-{width}", **options)
            variants[name].append(width)
    return {"width": picture.width, "height": picture.height, "variants": variants}


def _decode(file: io.BufferedReader, decoder: str) -> Image.Image:
    try:
        with Image.open(file, formats=[decoder]) as opened:
            _check_size(opened)
            # JPEG decodes at a half, a quarter or an eighth of its size at once; twice the widest variant is enough.
            opened.draft(None, (PICTURE_WIDTHS[-1] * 2, PICTURE_WIDTHS[-1] * 2))
            opened.load()
            upright = ImageOps.exif_transpose(opened)
            picture = _in_srgb(upright)
    except RefusedError:
        raise
    except MemoryError:
        raise RefusedError(TOO_HEAVY) from None
    except Image.DecompressionBombError:
        raise RefusedError(TOO_LARGE) from None
    except Exception as problem:
        raise RefusedError(DAMAGED) from problem
    return picture


def _check_size(picture: Image.Image) -> None:
    """Raise RefusedError by the header alone, before a pixel is decoded."""
    if picture.width * picture.height > PICTURE_MAX_PIXELS:
        raise RefusedError(TOO_LARGE)
    if min(picture.size) < PICTURE_MIN_SIDE:
        raise RefusedError(TOO_SMALL)


def _in_srgb(picture: Image.Image) -> Image.Image:
    """Return `picture` in 8-bit RGB or RGBA, colours converted from the profile that it came with."""
    target = "RGBA" if picture.has_transparency_data else "RGB"
    profile = picture.info.get("icc_profile")
    if profile and picture.mode in {"RGB", "RGBA", "CMYK", "L"}:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            converted = None  # a broken profile: the numbers are taken as they are
        if converted is not None and target == "RGBA":
            converted.putalpha(picture.convert("RGBA").getchannel("A"))
        if converted is not None:
            return converted
    return picture.convert(target)


def _flat(picture: Image.Image, name: str) -> Image.Image:
    """Return `picture` on white where the format knows no transparency, and without anything but pixels."""
    if picture.mode == "RGBA" and name == "jpeg":
        paper = Image.new("RGB", picture.size, "white")
        paper.paste(picture, mask=picture.getchannel("A"))
        return paper
    clean = picture.copy()
    clean.info = {}
    return clean


def main(arguments: Sequence[str]) -> None:
    """Encode, and print what was made or why not."""
    Image.MAX_IMAGE_PIXELS = PICTURE_MAX_PIXELS
    try:
        made = encode(Path(arguments[0]), Path(arguments[1]))
    except RefusedError as refusal:
        made = {"refusal": str(refusal)}
    except MemoryError:
        made = {"refusal": TOO_HEAVY}
    sys.stdout.write(json.dumps(made))
