"""Checksums of a portal's files, as both sides of a move compare them."""

from __future__ import annotations

from django.core.files.storage import default_storage

from bandstand.backups.archives import checksum_of
from bandstand.media.folders import files_below


class FileDigests:
    """Reads each file once, from where it is stored: files never change once they are written."""

    def __init__(self, schema: str) -> None:
        self._schema = schema
        self._known: dict[str, str] = {}

    def read(self) -> dict[str, str]:
        """Return the checksum of each file that is there now, by its name below the portal's folder."""
        found = {}
        for path in files_below(self._schema):
            if path not in self._known:
                try:
                    with default_storage.open(path) as content:
                        self._known[path] = checksum_of(content)
                except FileNotFoundError:
                    continue  # deleted this moment
            found[path.removeprefix(f"{self._schema}/")] = self._known[path]
        return found

    def forget(self, name: str) -> None:
        """Read this file again: another one takes its place."""
        self._known.pop(f"{self._schema}/{name}", None)
