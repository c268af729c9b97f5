"""Re-encodes one untrusted picture. `confining` runs it in a process of its own, with SOURCE and FOLDER as arguments.

It writes `<format>-<width>` files into FOLDER and prints
`{"width": …, "height": …, "variants": {format: [width, …]}, "remark": …}`, or `{"refusal": reason}`. Only pixels
get through: no metadata, no profile, no second frame. A crash or a decompression bomb kills only this process.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from bandstand.media.storage import CUT_OFF, PICTURE_WIDTHS, SNIFFED_BYTES, STILL, SVG, sniff_type
from bandstand_worker.pictures.drawings import draw
from bandstand_worker.pictures.opening import Opened, open_picture
from bandstand_worker.pictures.presenting import bounded_size, scaled
from bandstand_worker.pictures.refusals import Reason, RefusedPictureError

FORMATS: dict[str, dict[str, Any]] = {
    # One thread, as each has buffers of its own; at this speed it takes no longer than WebP.
    "avif": {"format": "AVIF", "quality": 60, "speed": 8, "max_threads": 1},
    "webp": {"format": "WEBP", "quality": 80, "method": 4},
    "jpeg": {"format": "JPEG", "quality": 82, "optimize": True, "progressive": True},
}


AVIF_MAX_PIXELS = (
    6_000_000  # in the widest variant; its encoder takes some 25 bytes and a third of a microsecond for each
)


def encode(source: Path, folder: Path) -> dict[str, Any]:
    """Write the variants of `source` into `folder` and return a summary of them. Raises RefusedError, MemoryError."""
    opened = _open(source)
    is_huge = opened.image.width * opened.image.height > AVIF_MAX_PIXELS
    formats = {name: options for name, options in FORMATS.items() if name != "avif" or not is_huge}
    variants: dict[str, list[int]] = {name: [] for name in formats}
    for width in sorted({min(width, opened.image.width) for width in PICTURE_WIDTHS}):
        smaller = scaled(opened.image, bounded_size(*opened.image.size, width))
        for name, options in formats.items():
            _flat(smaller, name).save(folder / f"{name}-{width}", **options)
            variants[name].append(width)
    width, height = opened.full_size
    return {"width": width, "height": height, "variants": variants, "remark": _remark(opened)}


def _open(source: Path) -> Opened:
    with source.open("rb") as file:
        kind = sniff_type(file.read(SNIFFED_BYTES))
    if kind is None:
        raise RefusedPictureError(Reason.WRONG_TYPE)
    if kind == SVG:
        drawing, is_moving = draw(source)
        return Opened(drawing, drawing.size, is_animated=is_moving)
    return open_picture(source, kind)


def _remark(opened: Opened) -> str:
    if opened.is_cut_off:
        return CUT_OFF
    return STILL if opened.is_animated else ""


def _flat(picture: Image.Image, name: str) -> Image.Image:
    """Return a copy of the pixels alone, on white where the format has no transparency."""
    if picture.mode == "RGBA" and name == "jpeg":
        paper = Image.new("RGB", picture.size, "white")
        paper.paste(picture, mask=picture.getchannel("A"))
        return paper
    clean = picture.copy()
    clean.info = {}
    return clean


def main(arguments: Sequence[str]) -> None:
    """Encode, and print the summary or the reason for refusal."""
    try:
        made = encode(Path(arguments[0]), Path(arguments[1]))
    except RefusedPictureError as refusal:
        made = {"refusal": refusal.reason}
    except MemoryError:
        made = {"refusal": Reason.TOO_HEAVY}
    sys.stdout.write(json.dumps(made))
