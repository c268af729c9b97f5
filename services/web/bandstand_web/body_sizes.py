"""How much a request may carry."""

from __future__ import annotations

from django.conf import settings

# Where pictures and spreadsheets are handed in: several pictures at a time, as proxies let them through.
WITH_FILES = ("/backstage/", "/admin/")
MOST_WITH_FILES = 25 * 1024 * 1024


def most_bytes(path: str) -> int:
    """Return the largest body, in bytes, that a request to `path` may have."""
    return MOST_WITH_FILES if path.startswith(WITH_FILES) else int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
