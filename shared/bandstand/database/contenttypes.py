"""A content-type cache that is right for several schemas and several threads.

Content types are rows of each tenant's schema, and the same model may have another id in another schema. Django caches
them per database alias in one dictionary of the process; two threads in two tenants would hand each other ids.
"""

from __future__ import annotations

from threading import Lock
from typing import Any

from cachetools import LRUCache
from django.contrib.contenttypes.models import ContentType

from bandstand.database.connection import connection

SCHEMAS_REMEMBERED = 512


class CacheBySchema:
    """Stands where ContentTypeManager keeps its dictionary: the same few methods, one dictionary per schema."""

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
        """As dict.setdefault."""
        return self._current().setdefault(alias, default)

    def clear(self) -> None:
        """Forget the current schema's content types."""
        with self._lock:
            self._by_schema.pop(connection.schema_name, None)


def install() -> None:
    """Put the cache into place, once, when apps are ready."""
    ContentType.objects._cache = CacheBySchema()  # type: ignore[attr-defined] # noqa: SLF001
