"""Cache keys that carry the tenant, values that are JSON.

Django's Redis cache pickles by default; whoever can write to Redis could then run code in the web service.
"""

from __future__ import annotations

import json
from typing import Any

import redis
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder

from bandstand.database.connection import connection


def tenant_key(key: str, key_prefix: str, version: int) -> str:
    """Return the cache's key with the current schema in front. Source: Django, CACHES["KEY_FUNCTION"]."""
    return f"{connection.schema_name}:{key_prefix}:{version}:{key}"


def forget_schema(schema_name: str) -> None:
    """Delete every cached entry of a schema."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        for key in client.scan_iter(match=f"{schema_name}:*", count=1000):
            client.unlink(key)


class JSONSerializer:
    """What Django's RedisCache asks of a serializer; integers stay bare so that INCR works on them."""

    def dumps(self, value: Any) -> int | bytes:
        """Return the bytes to store. Raises TypeError for what JSON can't hold."""
        if type(value) is int:
            return value
        return json.dumps(value, cls=DjangoJSONEncoder).encode()

    def loads(self, data: bytes) -> Any:
        """Return the value that `dumps` stored."""
        return json.loads(data)
