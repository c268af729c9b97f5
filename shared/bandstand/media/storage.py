"""Where files of a tenant stand, what an upload may be, and how a file's type is told from its first bytes.

Every path starts with the tenant's schema name and ends in something random: nobody reaches a file by guessing, and a
tenant's files can be copied, counted or deleted alone.
"""

from __future__ import annotations

import secrets

from bandstand.database.connection import connection

UPLOAD_MAX_BYTES = 15 * 1024 * 1024
PICTURE_MAX_PIXELS = 50_000_000  # 50 megapixels decode to 200 MB; the worker's memory limit is set for that
PICTURE_MIN_SIDE = 40
_MOST_OF_VARIANTS = 3 * 1024 * 1024
_LEAST_OF_VARIANTS = 256 * 1024
PICTURE_WIDTHS = (320, 640, 1280, 1920)
SNIFFED_BYTES = 32

JPEG, PNG, WEBP, AVIF, GIF = "image/jpeg", "image/png", "image/webp", "image/avif", "image/gif"
ACCEPTED_TYPES = (JPEG, PNG, WEBP, AVIF, GIF)
_AVIF_BRANDS = (b"avif", b"avis")


class StorageAwayError(OSError):
    """Object storage doesn't answer, or refuses; the message names the bucket, for operators."""


def sniff_type(head: bytes) -> str | None:
    """Return the media type that the first `SNIFFED_BYTES` of a file name, or None where it isn't an accepted picture.

    A client's file name and Content-Type are never asked. Source: WHATWG MIME Sniffing; ISO/IEC 14496-12 for AVIF.
    """
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith((b"GIF87a", b"GIF89a")):
        return GIF
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head[4:8] == b"ftyp" and any(brand in head[8:SNIFFED_BYTES] for brand in _AVIF_BRANDS):
        return AVIF
    return None


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
