"""Deleting all files of a tenant, when the tenant goes."""

from __future__ import annotations

from collections.abc import Callable

from django.core.files.storage import default_storage


def tenant_files_delete(schema_name: str, *, between: Callable[[], None] | None = None) -> int:
    """Delete every file of the tenant with this schema and return how many. Idempotent; `between` may raise to stop."""
    return _delete_folder(schema_name, between)


def _delete_folder(path: str, between: Callable[[], None] | None) -> int:
    try:
        folders, files = default_storage.listdir(path)
    except FileNotFoundError:
        return 0
    count = 0
    for name in folders:
        count += _delete_folder(f"{path}/{name}", between)
    for name in files:
        default_storage.delete(f"{path}/{name}")
        count += 1
        if between is not None:
            between()
    default_storage.delete(path)  # the empty folder, where the storage has folders
    return count
