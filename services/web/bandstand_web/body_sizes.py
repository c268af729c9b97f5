"""Limits on the size of request bodies."""

from __future__ import annotations

from django.conf import settings

# Pictures and spreadsheets are uploaded here, several pictures at a time; proxies allow the same size.
WITH_FILES = ("/backstage/", "/admin/")
MOST_WITH_FILES = 25 * 1024 * 1024


def most_bytes(path: str) -> int:
    """Return the largest request body that `path` accepts, in bytes."""
    return MOST_WITH_FILES if path.startswith(WITH_FILES) else int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
