"""Lists all files below a folder, in any kind of storage."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.files.storage import default_storage


def files_below(folder: str) -> Iterator[str]:
    """Yield the paths of all files below a folder of the storage, recursively."""
    at_once = getattr(default_storage, "paths_below", None)  # a bucket lists a thousand files per request
    yield from _walk(folder) if at_once is None else at_once(folder)


def bytes_below(folder: str) -> int:
    """Return the total size in bytes of all files below a folder of the storage."""
    at_once = getattr(default_storage, "bytes_below", None)
    return sum(map(_size, _walk(folder))) if at_once is None else int(at_once(folder))


def _size(path: str) -> int:
    try:
        return default_storage.size(path)
    except FileNotFoundError:
        return 0  # deleted in the meantime


def _walk(folder: str) -> Iterator[str]:
    try:
        folders, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in sorted(names):
        yield f"{folder}/{name}"
    for name in sorted(folders):
        yield from _walk(f"{folder}/{name}")
