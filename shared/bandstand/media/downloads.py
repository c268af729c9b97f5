"""Files that visitors download from pages: documents and recordings, kept as they were uploaded.

Nobody looks into them, so they are sent to be saved and never shown; their first bytes have to be what their name says.
"""

from __future__ import annotations

import re
import secrets
from pathlib import PurePosixPath
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.template.defaultfilters import filesizeformat
from django.utils.functional import lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bandstand.media.storage import UPLOAD_MAX_BYTES, tenant_folder
from bandstand.organizations.storage_use import bytes_check

DOWNLOAD_MAX_BYTES = UPLOAD_MAX_BYTES
_ZIP = (b"PK\x03\x04",)
_STARTS = {
    "pdf": (b"%PDF-",),
    **dict.fromkeys(("docx", "xlsx", "pptx", "odt", "ods", "odp", "mscz", "zip"), _ZIP),
    "mp3": (b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"),
    "ogg": (b"OggS",),
    "flac": (b"fLaC",),
    "mid": (b"MThd",),
}
DOWNLOAD_ACCEPT = ",".join(f".{suffix}" for suffix in _STARTS)
_NAME = rf"[A-Za-z0-9_-]{{24}}\.(?:{'|'.join(_STARTS)})"
_IS_NAME = re.compile(_NAME)
_NAMED = re.compile(rf'"({_NAME})"')


def _download_limits() -> str:
    return gettext(
        "PDF, Word, Excel, PowerPoint, OpenDocument, MuseScore, MP3, Ogg, FLAC, MIDI or ZIP, up to %(size)s."
    ) % {"size": filesizeformat(DOWNLOAD_MAX_BYTES)}


# Shown beside the field, before a file is chosen.
DOWNLOAD_LIMITS = lazy(_download_limits, str)()


def validate_download(file: File[Any]) -> None:
    """Raise ValidationError, with a message for the uploader, unless visitors may download `file` and there is room."""
    if not file.size:
        raise ValidationError(_("This file is empty. Please choose another copy of it."), code="empty")
    if file.size > DOWNLOAD_MAX_BYTES:
        raise ValidationError(
            _("This file is %(size)s. Choose one of up to %(limit)s."),
            code="size",
            params={"size": filesizeformat(file.size), "limit": filesizeformat(DOWNLOAD_MAX_BYTES)},
        )
    file.seek(0)
    head = file.read(16)
    file.seek(0)
    if not head.startswith(_STARTS.get(_suffix(file.name or ""), ())):
        raise ValidationError(
            _("This isn't a file that we can offer: %(limits)s"), code="type", params={"limits": DOWNLOAD_LIMITS}
        )
    bytes_check(file.size)


def download_add(file: File[Any]) -> str:
    """Store a validated file; return the name by which `download_path` finds it. Raises LimitReachedError."""
    name = f"{secrets.token_urlsafe(18)}.{_suffix(file.name or '')}"
    default_storage.save(download_path(name), file)
    return name


def download_path(name: str) -> str:
    """Return where a file of the current tenant is stored, by a name that `is_download_name` accepts."""
    return f"{tenant_folder()}downloads/{name}"


def is_download_name(name: Any) -> bool:
    """Whether `name` may be one that `download_add` gave."""
    return isinstance(name, str) and _IS_NAME.fullmatch(name) is not None


def download_told(name: str, size: int) -> str:
    """Return what people are told of a file before they download it: its kind and size."""
    return f"{_suffix(name).upper()}, {filesizeformat(size)}"


def downloads_named(text: str) -> set[str]:
    """Return the names of files in JSON."""
    return set(_NAMED.findall(text))


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.removeprefix(".").lower()
