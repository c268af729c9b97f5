"""A content type cache that is correct across schemas and threads.

Content types are rows in each tenant's schema, and the same model may have a different id in each. Django caches them
per database alias in one dictionary per process, so threads of different tenants would share wrong ids.
"""

from __future__ import annotations

from threading import Lock
from typing import Any

from cachetools import LRUCache
from django.contrib.contenttypes.models import ContentType

from bandstand.database.connection import connection

SCHEMAS_REMEMBERED = 512


class CacheBySchema:
    """Replaces ContentTypeManager's dictionary: the same few methods, with one dictionary per schema."""

    def __init__(self) -> None:
        self._by_schema: LRUCache[str, dict[str, Any]] = LRUCache(SCHEMAS_REMEMBERED)
        self._lock = Lock()

    def _current(self) -> dict[str, Any]:
        schema = connection.schema_name
        with self._lock:
            found = self._by_schema.get(schema)
            if found is None:
                found = self._by_schema[schema] = {}
            return found

    def __getitem__(self, alias: str) -> Any:
        return self._current()[alias]

    def setdefault(self, alias: str, default: Any) -> Any:
        return self._current().setdefault(alias, default)

    def clear(self) -> None:
        """Forget the current schema's content types."""
        with self._lock:
            self._by_schema.pop(connection.schema_name, None)


def install() -> None:
    """Install the cache, once, when the apps are ready."""
    ContentType.objects._cache = CacheBySchema()  # type: ignore[attr-defined] # noqa: SLF001
