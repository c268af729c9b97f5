"""Sessions in the tenant's table, with the cache in front: while the cache is away they are slower, not gone."""

from __future__ import annotations

import logging
from typing import Any

import redis
from django.contrib.sessions.backends import cached_db, db

logger = logging.getLogger(__name__)


class SessionStore(cached_db.SessionStore):
    """Django's, which passes over an unreachable cache in half of its methods, passing over it in all of them."""

    def load(self) -> dict[str, Any]:
        """Return what the session holds."""
        try:
            return super().load()
        except redis.RedisError:
            return db.SessionStore.load(self)

    def exists(self, session_key: str) -> bool:
        """Return whether the key is in use."""
        try:
            return bool(super().exists(session_key))
        except redis.RedisError:
            return bool(db.SessionStore.exists(self, session_key))

    def delete(self, session_key: str | None = None) -> None:
        """End the session. The row is gone in any case; what the cache may hold ends with its life time."""
        try:
            super().delete(session_key)
        except redis.RedisError:
            logger.warning("a session ended while the cache was away")
