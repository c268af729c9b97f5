"""Paths of a tenant's files, limits for uploads, and detection of file types from the first bytes.

Every path starts with the tenant's schema name and ends in a random part: files can't be guessed, and a tenant's
files can be copied, counted or deleted separately.
"""

from __future__ import annotations

import codecs
import re
import secrets

from bandstand.database.connection import connection

UPLOAD_MAX_BYTES = 24 * 1024 * 1024  # below the limit of a request
PICTURE_MAX_PIXELS = 66_000_000  # phones have 64.6; these decode to 0.3 GB, from WebP to 1.2 GB: see docs/security.md
# A baseline JPEG is scaled down while it is decoded, line by line, so 200 megapixels take only 0.2 GB.
JPEG_MAX_PIXELS = 220_000_000
PICTURE_MIN_SIDE = 40
_MOST_OF_VARIANTS = 3 * 1024 * 1024
_LEAST_OF_VARIANTS = 256 * 1024
PICTURE_WIDTHS = (320, 640, 1280, 1920)
PRINTS = "prints"
SNIFFED_BYTES = 4096  # an SVG may begin with long comments of the program that wrote it

# What an accepted picture has lost.
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
# How file names end, for those who save one.
SUFFIXES = {
    JPEG: "jpg",
    PNG: "png",
    WEBP: "webp",
    AVIF: "avif",
    GIF: "gif",
    HEIC: "heic",
    SVG: "svg",
}
ACCEPTED_TYPES = (JPEG, PNG, WEBP, AVIF, GIF, HEIC, SVG)
# For the `accept` of inputs: some systems recognize HEIC only by file extension.
ACCEPT = ",".join((*ACCEPTED_TYPES, "image/heif", ".heic", ".heif"))
_BRANDS = {  # ISO/IEC 14496-12, and 23008-12 for HEIF; the major brand comes first
    AVIF: {b"avif", b"avis"},
    HEIC: {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"},
}
# Other files that people may upload as pictures: their first bytes and names.
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
    """Object storage doesn't answer, or refuses the request; the message names the bucket, for operators."""


def sniff_type(head: bytes) -> str | None:
    """Return the media type detected from the first `SNIFFED_BYTES` of a file, or None if it isn't an accepted picture.

    The client's file name and Content-Type aren't trusted. Source: WHATWG MIME Sniffing; ISO/IEC 14496-12 for the last.
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
    """Return the common name of an unsupported format that people mistake for a supported one; None for other files."""
    if head[4:8] == b"ftyp":
        return "MP4"
    return next((name for start, name in _OTHER_FILES if head.startswith(start)), None)


def room_for_variants(size: int) -> int:
    """Return the bytes to reserve for the variants of an upload of `size` bytes, in addition to the upload.

    A large photo's variants take 2 MB; a small drawing's are larger than the drawing.
    """
    return min(2 * size + _LEAST_OF_VARIANTS, _MOST_OF_VARIANTS)


def tenant_folder() -> str:
    """Return the folder of all files of the current tenant, with a trailing slash."""
    return f"{connection.schema_name}/"


def new_original_path() -> str:
    """Return a path for an original upload, which is never served."""
    return f"{tenant_folder()}originals/{_random_name()}"


def new_spreadsheet_path() -> str:
    """Return a path for a spreadsheet that waits for its job, and is never served."""
    return f"{tenant_folder()}spreadsheets/{_random_name()}"


def new_print_path(suffix: str) -> str:
    """Return a path for a poster or a sheet that somebody asked for, which only they are given."""
    return f"{tenant_folder()}{PRINTS}/{_random_name()}{suffix}"


def is_print(path: str, schema: str) -> bool:
    """Whether `path` is such a file of the tenant with this schema."""
    return _is_within(f"{schema}/{PRINTS}/", path)


def new_picture_folder() -> str:
    """Return a folder, without a trailing slash, for the re-encoded variants of one picture, which are served."""
    return f"{tenant_folder()}pictures/{_random_name()}"


def is_servable(path: str, schema: str) -> bool:
    """Whether `path` may be served by the tenant with this schema: only its own re-encoded pictures."""
    return _is_within(f"{schema}/pictures/", path)


def _is_within(folder: str, path: str) -> bool:
    return path.startswith(folder) and ".." not in path.split("/")


def _random_name() -> str:
    return secrets.token_urlsafe(18)
