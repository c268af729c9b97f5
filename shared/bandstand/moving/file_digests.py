"""Checksums of a portal's files, for comparing both sides of a move."""

from __future__ import annotations

from django.core.files.storage import default_storage

from bandstand.backups.archives import checksum_of
from bandstand.media.folders import files_below


class FileDigests:
    """Computes and caches checksums of stored files, which never change once they are written."""

    def __init__(self, schema: str) -> None:
        self._schema = schema
        self._known: dict[str, str] = {}

    def read(self) -> dict[str, str]:
        """Return the checksum of each existing file, by its path relative to the portal's folder."""
        found = {}
        for path in files_below(self._schema):
            if path not in self._known:
                try:
                    with default_storage.open(path) as content:
                        self._known[path] = checksum_of(content)
                except FileNotFoundError:
                    continue  # deleted just now
            found[path.removeprefix(f"{self._schema}/")] = self._known[path]
        return found

    def forget(self, name: str) -> None:
        """Drop a file's cached checksum, because the file is being replaced."""
        self._known.pop(f"{self._schema}/{name}", None)
