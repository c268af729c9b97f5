"""Deletes all files of a tenant that is being deleted."""

from __future__ import annotations

from collections.abc import Callable

from django.core.files.storage import default_storage

from bandstand.media.folders import files_below
from bandstand.organizations.storage_use import uncounted


def tenant_files_delete(schema_name: str, *, between: Callable[[], None] | None = None) -> int:
    """Delete every file of the tenant with this schema and return how many. Idempotent; `between` may raise to stop."""
    count = 0
    with uncounted():
        for path in files_below(schema_name):
            default_storage.delete(path)
            count += 1
            if between is not None:
                between()
        _delete_empty(schema_name)
    return count


def _delete_empty(folder: str) -> None:
    """Delete empty folders, if the storage has real folders."""
    try:
        folders, _names = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in folders:
        _delete_empty(f"{folder}/{name}")
    default_storage.delete(folder)
