"""Where a spreadsheet waits between preview and confirmation: in the tenant's folder, under a name nobody guesses."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from bandstand.media.storage import tenant_folder

NAME = re.compile(r"[A-Za-z0-9_-]{32}")
KEPT = timedelta(hours=24)


class UploadGoneError(Exception):
    """The file was imported, or waited too long."""


class WaitingImport:
    """One file. Source: import-export, BaseStorage."""

    def __init__(self, name: str | None = None, **_kwargs: Any) -> None:
        self.name = name

    def save(self, data: bytes) -> None:
        """Store `data` under a new name, and remove what nobody confirmed."""
        self.name = secrets.token_urlsafe(24)
        _remove_forgotten()
        default_storage.save(self._path(), ContentFile(data))

    def read(self) -> bytes:
        """Return the content. Raises UploadGoneError."""
        try:
            with default_storage.open(self._path()) as file:
                return bytes(file.read())
        except FileNotFoundError:
            raise UploadGoneError from None

    def remove(self) -> None:
        """Delete the file."""
        default_storage.delete(self._path())

    def _path(self) -> str:
        if not NAME.fullmatch(self.name or ""):
            raise UploadGoneError
        return f"{_folder()}{self.name}"


def _folder() -> str:
    return f"{tenant_folder()}imports/"


def _remove_forgotten() -> None:
    try:
        _folders, names = default_storage.listdir(_folder())
    except FileNotFoundError:
        return
    for name in names:
        if default_storage.get_modified_time(_folder() + name) < timezone.now() - KEPT:
            default_storage.delete(_folder() + name)
