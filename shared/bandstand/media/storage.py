"""Where files of a tenant stand, what an upload may be, and how a file's type is told from its first bytes.

Every path starts with the tenant's schema name and ends in something random: nobody reaches a file by guessing, and a
tenant's files can be copied, counted or deleted alone.
"""

from __future__ import annotations

import codecs
import re
import secrets

from bandstand.database.connection import connection

UPLOAD_MAX_BYTES = 24 * 1024 * 1024  # below what a request may carry
PICTURE_MAX_PIXELS = 66_000_000  # phones make 64.6; they decode to 0.3 GB, to 1.2 GB from WebP: see docs/security.md
# A baseline JPEG is scaled down while it is decoded, line by line: 200 megapixels take 0.2 GB.
JPEG_MAX_PIXELS = 220_000_000
PICTURE_MIN_SIDE = 40
_MOST_OF_VARIANTS = 3 * 1024 * 1024
_LEAST_OF_VARIANTS = 256 * 1024
PICTURE_WIDTHS = (320, 640, 1280, 1920)
SNIFFED_BYTES = 4096  # an SVG begins with what its program has to say

# What a picture that was taken has lost.
STILL, CUT_OFF = "still", "cut_off"

JPEG, PNG, WEBP, AVIF, GIF, HEIC, SVG = (
    "image/jpeg",
    "image/png",
    "image/webp",
    "image/avif",
    "image/gif",
    "image/heic",
    "image/svg+xml",
)
ACCEPTED_TYPES = (JPEG, PNG, WEBP, AVIF, GIF, HEIC, SVG)
# For the `accept` of inputs: some systems know HEIC by the file's name alone.
ACCEPT = ",".join((*ACCEPTED_TYPES, "image/heif", ".heic", ".heif"))
_BRANDS = {  # ISO/IEC 14496-12, and 23008-12 for HEIF; the major brand comes first
    AVIF: {b"avif", b"avis"},
    HEIC: {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"},
}
# Files that people take for pictures that the web shows: their beginnings, and what they are called.
_OTHER_FILES = (
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"8BPS", "Photoshop (PSD)"),
    (b"%PDF", "PDF"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (b"\0\0\0\x0cJXL ", "JPEG XL"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\0\0\1\0", "ICO"),
    (b"BM", "BMP"),
    (b"\x1f\x8b", "SVGZ"),
    (b"PK\x03\x04", "ZIP"),
)
_PROLOGUE = re.compile(rb"\s*(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>)", re.DOTALL)
_DRAWING = re.compile(rb"\s*<(?:[A-Za-z]+:)?svg[\s>/]")


class StorageAwayError(OSError):
    """Object storage doesn't answer, or refuses; the message names the bucket, for operators."""


def sniff_type(head: bytes) -> str | None:
    """Return the media type that the first `SNIFFED_BYTES` of a file name, or None where it isn't an accepted picture.

    A client's file name and Content-Type are never asked. Source: WHATWG MIME Sniffing; ISO/IEC 14496-12 for the last.
    """
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith((b"GIF87a", b"GIF89a")):
        return GIF
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head[4:8] == b"ftyp":
        return _type_by_brand(head)
    return SVG if _is_drawing(head) else None


def _type_by_brand(head: bytes) -> str | None:
    end = min(int.from_bytes(head[:4]), len(head))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, end - 3, 4))]
    named = (kind for brand in brands for kind, known in _BRANDS.items() if brand in known)
    return next(named, None)


def _is_drawing(head: bytes) -> bool:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        head = head.decode("utf-16", "ignore").encode()
    at = len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0
    while said := _PROLOGUE.match(head, at):
        at = said.end()
    return _DRAWING.match(head, at) is not None


def other_file(head: bytes) -> str | None:
    """Return what people call a file that isn't accepted but that programs save as one that is; None for others."""
    if head[4:8] == b"ftyp":
        return "MP4"
    return next((name for start, name in _OTHER_FILES if head.startswith(start)), None)


def room_for_variants(size: int) -> int:
    """Return the bytes that an upload of `size` bytes takes, besides its own, for what will be made of it.

    A large photograph's variants have 2 MB, a small drawing's are larger than itself.
    """
    return min(2 * size + _LEAST_OF_VARIANTS, _MOST_OF_VARIANTS)


def tenant_folder() -> str:
    """Return the folder, with a slash at its end, that holds all files of the current tenant."""
    return f"{connection.schema_name}/"


def new_original_path() -> str:
    """Return a path for an upload as it came; it is never served."""
    return f"{tenant_folder()}originals/{_random_name()}"


def new_spreadsheet_path() -> str:
    """Return a path for a spreadsheet that waits for its job; it is never served."""
    return f"{tenant_folder()}spreadsheets/{_random_name()}"


def new_picture_folder() -> str:
    """Return a folder, without a slash at its end, for the re-encoded variants of one picture; these are served."""
    return f"{tenant_folder()}pictures/{_random_name()}"


def is_servable(path: str, schema: str) -> bool:
    """Whether `path` may be sent to a visitor of the tenant with this schema: a re-encoded picture of its own."""
    return path.startswith(f"{schema}/pictures/") and ".." not in path.split("/")


def _random_name() -> str:
    return secrets.token_urlsafe(18)
