"""Cache keys prefixed with the tenant, and values stored as JSON.

Django's Redis cache pickles by default, so an attacker with write access to Redis could run code in the web service.

Two caches use the same Redis. "default" holds rate limits, and goes on in this process's memory while Redis is
away or refuses, so that no limit is lifted and no page fails. "strict" holds what must be the same in every process
(sessions, hand-overs) and raises instead.
"""

from __future__ import annotations

import functools
import json
import logging
import re
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import redis
from django.conf import settings
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from django.core.serializers.json import DjangoJSONEncoder

from bandstand.database.connection import connection
from bandstand.database.outages import redis_refusal

logger = logging.getLogger(__name__)

PLATFORM = "public"
# Source: allauth, get_cache_key.
_COUNTED_FOR_AN_ADDRESS = re.compile(r"allauth:rl:[^:]+:[^:]+:[^:]+/ip:ip:")
_REST = 2.0  # seconds before an unavailable Redis is tried again


def tenant_key(key: str, key_prefix: str, version: int) -> str:
    """Return the cache key prefixed with the current schema. Source: Django, CACHES["KEY_FUNCTION"].

    Limits per IP address count over all portals; otherwise an attacker could multiply them by creating portals.
    """
    schema = PLATFORM if _COUNTED_FOR_AN_ADDRESS.match(key) else connection.schema_name
    return f"{schema}:{key_prefix}:{version}:{key}"


def forget_schema(schema_name: str) -> None:
    """Delete every cached entry and page of a schema."""
    for url in {settings.REDIS_URL, settings.PAGE_CACHE_URL}:
        with redis.Redis.from_url(url) as client:
            for key in client.scan_iter(match=f"{schema_name}:*", count=1000):
                client.unlink(key)


class JSONSerializer:
    """A serializer for Django's RedisCache; integers stay bare so that INCR works on them."""

    def dumps(self, value: Any) -> int | bytes:
        """Return the bytes to store. Raises TypeError for values that JSON can't represent."""
        if type(value) is int:
            return value
        return json.dumps(value, cls=DjangoJSONEncoder).encode()

    def loads(self, data: bytes) -> Any:
        """Return the value that `dumps` stored."""
        return json.loads(data)


def _steady(name: str) -> Callable[..., Any]:
    original = getattr(RedisCache, name)

    @functools.wraps(original)
    def method(self: SteadyCache, *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() >= self.away_until:
            try:
                return original(self, *args, **kwargs)
            except redis.RedisError as problem:
                if not redis_refusal(problem):
                    raise
                self.away_until = time.monotonic() + _REST
                logger.warning("the cache is away, counting in memory: %s", problem)
        return getattr(self.spare, name)(*args, **kwargs)

    return method


class SteadyCache(RedisCache):
    """Django's Redis cache, with a fallback to this process's memory while Redis is unavailable."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self.spare = LocMemCache("spare", {**params, "OPTIONS": {"MAX_ENTRIES": 10_000}})
        self.away_until = 0.0

    add = _steady("add")
    get = _steady("get")
    set = _steady("set")
    touch = _steady("touch")
    delete = _steady("delete")
    get_many = _steady("get_many")
    has_key = _steady("has_key")
    incr = _steady("incr")
    set_many = _steady("set_many")
    delete_many = _steady("delete_many")
    clear = _steady("clear")


class StrictCache(RedisCache):
    """Django's Redis cache, which doesn't keep an old value where a new one is refused.

    Out of memory, Redis still answers reads: a session stored in the database would be read as it was before.
    """

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        """Store the value. Raises redis.RedisError."""
        try:
            super().set(key, value, timeout, version)
        except redis.ResponseError:
            with suppress(redis.RedisError):
                self.delete(key, version)
            raise
