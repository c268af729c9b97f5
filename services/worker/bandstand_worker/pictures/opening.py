"""Opens one untrusted picture: checks its size, picks its frame, and decides whether a truncated one is usable."""

from __future__ import annotations

import fcntl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pi_heif
from PIL import ExifTags, Image, ImageFile, PngImagePlugin

from bandstand.media.storage import (
    AVIF,
    GIF,
    HEIC,
    JPEG,
    JPEG_MAX_PIXELS,
    PICTURE_MAX_PIXELS,
    PICTURE_MIN_SIDE,
    PICTURE_WIDTHS,
    PNG,
    UPLOAD_MAX_BYTES,
    WEBP,
)
from bandstand_worker.pictures.jpeg_segments import is_nearly_refined, is_shown_by_browsers
from bandstand_worker.pictures.presenting import presentable
from bandstand_worker.pictures.refusals import Reason, RefusedPictureError

LARGE = 16_000_000  # pixels; larger pictures decode to hundreds of megabytes, so a worker decodes one of them at a time
WHOLE_ENOUGH = 0.9  # of the rows; the missing rest is cropped
_ROWS = 8  # compared together, as an interlaced PNG fills in eight rows bit by bit
_TURNED = {5, 6, 7, 8}  # EXIF orientations that swap width and height
# Fed to the decoder when a JPEG ends early: an end marker, or noise and an end. The zero completes a cut-off marker.
_ENDS = (b"\xff\xd9", b"\0" + bytes(range(1, 255)) * 40 + b"\xff\xd9")
_DECODERS = {JPEG: "JPEG", PNG: "PNG", WEBP: "WEBP", AVIF: "AVIF", GIF: "GIF", HEIC: "HEIF"}
_ANIMATED = {PNG, WEBP, AVIF, GIF}  # in HEIC and JPEG, extra pictures are depth maps, exposures and the like
_INCOMPLETE_LOADS = {JPEG, PNG}

pi_heif.register_heif_opener(decode_threads=1, thumbnails=False)
# The text is discarded; it can't be longer than the upload, or than what a zTXt chunk inflates to.
PngImagePlugin.MAX_TEXT_CHUNK = UPLOAD_MAX_BYTES
PngImagePlugin.MAX_TEXT_MEMORY = 2 * UPLOAD_MAX_BYTES
Image.MAX_IMAGE_PIXELS = JPEG_MAX_PIXELS


@dataclass(frozen=True)
class Opened:
    """A converted picture, no wider than the widest variant; `full_size` is its original size, upright."""

    image: Image.Image
    full_size: tuple[int, int]
    is_animated: bool = False
    is_cut_off: bool = False


def open_picture(source: Path, kind: str) -> Opened:
    """Return the picture of this media type in `source`. Raises RefusedError."""
    try:
        return _load(source, kind)
    except (RefusedPictureError, MemoryError):
        raise
    except Exception as problem:
        if kind not in _INCOMPLETE_LOADS:
            raise RefusedPictureError(Reason.DAMAGED) from problem
    try:
        return _load_incomplete(source, kind)
    except (RefusedPictureError, MemoryError):
        raise
    except Exception as problem:
        unusual = kind == JPEG and not is_shown_by_browsers(source.read_bytes())
        raise RefusedPictureError(Reason.UNUSUAL if unusual else Reason.DAMAGED) from problem


def _load(source: Path, kind: str) -> Opened:
    with _header(source, kind) as picture, _alone_if_large(picture):
        size = picture.size
        _scale_while_decoding(picture)
        picture.load()
        animated = kind in _ANIMATED and bool(getattr(picture, "is_animated", False))
        return _opened(picture, picture, size, is_animated=animated)


def _load_incomplete(source: Path, kind: str) -> Opened:
    """Return what can be decoded of a truncated picture, if that is nearly all. Raises RefusedError.

    Decoders don't report where they stopped, so it is decoded twice with different padding for what is missing: rows
    that are equal in both came from the file.
    """
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    decode = _decode_jpeg_with_end if kind == JPEG else _decode_onto_shade
    try:
        with _header(source, kind) as picture, _header(source, kind) as again, _alone_if_large(picture):
            width, height = picture.size
            for which, each in enumerate((picture, again)):
                decode(each, which)
            there = _rows_in_common(picture, again)
            again.close()
            if there < picture.height * WHOLE_ENOUGH:
                raise RefusedPictureError(Reason.DAMAGED)
            kept = picture.crop((0, 0, picture.width, there))
            size = (width, round(height * there / picture.height))
            return _opened(kept, picture, size, is_cut_off=there < picture.height)
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False


def _opened(picture: Image.Image, source: Image.Image, size: tuple[int, int], **remarks: bool) -> Opened:
    orientation = _orientation(source)
    return Opened(presentable(picture, orientation), _upright(size, orientation), **remarks)


def _decode_jpeg_with_end(picture: ImageFile.ImageFile, which: int) -> None:
    """Decode it with one of `_ENDS`. The decoder skips the second one's noise if it needs no more data."""
    end = [_ENDS[which]]
    if picture.info.get("progressive"):
        # Missing scans make everything below less sharp.
        if not is_nearly_refined(_read_again(picture), len(picture.getbands())):
            raise RefusedPictureError(Reason.DAMAGED)
        end = [_ENDS[0]]
    read = picture.fp.read  # type: ignore[union-attr]
    picture.load_read = lambda size: read(size) or (end.pop() if end else b"")  # type: ignore[attr-defined]
    _scale_while_decoding(picture)
    picture.load()


def _read_again(picture: ImageFile.ImageFile) -> bytes:
    assert picture.fp is not None  # noqa: S101 # it isn't loaded yet
    picture.fp.seek(0)
    return picture.fp.read()


def _decode_onto_shade(picture: ImageFile.ImageFile, which: int) -> None:
    shade = (0, 255)[which]
    picture.load_prepare()
    bands = len(picture.getbands())
    picture.im.paste(shade if bands == 1 else (shade,) * bands, (0, 0, *picture.size))
    picture.load()


def _rows_in_common(first: Image.Image, second: Image.Image) -> int:
    tops = range(0, first.height, _ROWS)
    return next((top for top in tops if _rows(first, top) != _rows(second, top)), first.height)


def _rows(picture: Image.Image, top: int) -> bytes:
    return picture.crop((0, top, picture.width, min(top + _ROWS, picture.height))).tobytes()


@contextmanager
def _header(source: Path, kind: str) -> Iterator[ImageFile.ImageFile]:
    """Open the file without decoding a pixel. Raises RefusedError by what the header says."""
    try:
        opened = Image.open(source, formats=[_DECODERS[kind]])
    except Image.DecompressionBombError:
        raise RefusedPictureError(Reason.TOO_LARGE) from None
    with opened as picture:
        if min(picture.size) < PICTURE_MIN_SIDE:
            raise RefusedPictureError(Reason.TOO_SMALL)
        scaled = kind == JPEG and not picture.info.get("progressive")
        if picture.width * picture.height > (JPEG_MAX_PIXELS if scaled else PICTURE_MAX_PIXELS):
            raise RefusedPictureError(Reason.TOO_LARGE)
        if kind == PNG and (code := _coding_of_png(source)):
            picture.info["cicp"] = code
        yield picture


def _scale_while_decoding(picture: ImageFile.ImageFile) -> None:
    """Decode a JPEG at 1/2, 1/4 or 1/8 scale, as long as it stays twice as wide as the widest variant."""
    if picture.format not in {"JPEG", "MPO"}:
        return
    scale = _upright(picture.size, _orientation(picture))[0] // (2 * PICTURE_WIDTHS[-1])
    if scale > 1:
        picture.draft(None, (picture.width // scale, picture.height // scale))


def _orientation(picture: Image.Image) -> int:
    with suppress(Exception):  # EXIF is untrusted too, and optional
        return int(picture.getexif().get(ExifTags.Base.Orientation, 1))
    return 1


@contextmanager
def _alone_if_large(picture: Image.Image) -> Iterator[None]:
    """Wait until no other process of this worker decodes a large picture: together they could exhaust its memory."""
    if picture.width * picture.height <= LARGE:
        yield
        return
    with (Path(tempfile.gettempdir()) / "bandstand-large-picture.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _upright(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    return (size[1], size[0]) if orientation in _TURNED else size


def _coding_of_png(source: Path) -> tuple[int, int] | None:
    """Return the numbers of primaries and transfer function, which Pillow doesn't read. Source: PNG, 11.3.2.6."""
    with source.open("rb") as file:
        file.seek(8)
        while len(head := file.read(8)) == 8 and head[4:] != b"IDAT":  # noqa: PLR2004 - length and name
            if head[4:] == b"cICP":
                primaries, transfer, *_rest = file.read(4)
                return primaries, transfer
            file.seek(int.from_bytes(head[:4]) + 4, 1)
    return None
