"""Storage that counts each portal's bytes and enforces the limit of its plan."""

from __future__ import annotations

from typing import IO, Any

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, Storage

from bandstand.organizations import storage_use


class CountedStorage(Storage):
    """A mixin for storage classes. Files outside of portals' folders aren't counted."""

    def save(self, name: str | None, content: IO[Any], max_length: int | None = None) -> str:
        """Store the file and return its path. Raises LimitReachedError if the portal has no room for it."""
        file = content if isinstance(content, File) else File(content, name)
        with storage_use.storing(name or "", file.size or 0):
            return super().save(name, file, max_length=max_length)

    def delete(self, name: str) -> None:
        """Delete the file if it exists, and release its bytes."""
        size = self._size_of(name) if storage_use.is_counted(name) else 0
        super().delete(name)
        storage_use.deleted(name, size)

    def _size_of(self, name: str) -> int:
        try:
            return self.size(name)
        except FileNotFoundError:
            return 0


class FolderStorage(CountedStorage, FileSystemStorage):
    """Files in a local folder."""
