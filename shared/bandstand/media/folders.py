"""All files of a folder, whichever kind of storage it is in."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.files.storage import default_storage


def files_below(folder: str) -> Iterator[str]:
    """Yield the paths of all files in a folder of the storage and the folders in it."""
    at_once = getattr(default_storage, "paths_below", None)  # a bucket lists a thousand files per request
    yield from _walk(folder) if at_once is None else at_once(folder)


def bytes_below(folder: str) -> int:
    """Return how many bytes all files in a folder of the storage and the folders in it have."""
    at_once = getattr(default_storage, "bytes_below", None)
    return sum(map(_size, _walk(folder))) if at_once is None else int(at_once(folder))


def _size(path: str) -> int:
    try:
        return default_storage.size(path)
    except FileNotFoundError:
        return 0  # deleted meanwhile


def _walk(folder: str) -> Iterator[str]:
    try:
        folders, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in sorted(names):
        yield f"{folder}/{name}"
    for name in sorted(folders):
        yield from _walk(f"{folder}/{name}")
