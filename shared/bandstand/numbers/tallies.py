"""What web's processes counted, on its way to rows: in Redis or Valkey, by portal and day, for an hour or so.

A batch is taken by renaming its key, and has an identifier that the row remembers: a worker that dies in between
neither loses nor doubles it. Keys expire, so what nobody takes goes by itself.
"""

from __future__ import annotations

import functools
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import redis
from django.conf import settings
from redis.client import Pipeline

from bandstand.numbers.models import CountKind

LIFE = 3 * 24 * 3600  # seconds
_WAITING = "public:numbers:waiting"  # a set of "schema day"
_BATCH = "batch"

Place = tuple[str, str]  # a schema, and a day by its portal's clock (ISO 8601)
Counts = Mapping[tuple[str, str], int]  # by kind and key


@dataclass(frozen=True)
class Batch:
    """What was counted of a day since the last one."""

    identifier: str
    counts: dict[tuple[str, str], int]


@functools.cache
def client() -> redis.Redis:
    """Return this process's client."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=2)


def tallies_add(counted: Mapping[Place, Counts]) -> None:
    """Add all of it, or nothing. Raises redis.RedisError; then it may have been added if the answer got lost."""
    pipeline = client().pipeline()
    for (schema, day), counts in counted.items():
        key = _key(schema, day)
        for (kind, name), count in counts.items():
            if kind == CountKind.SUBSCRIBERS:  # a program says how many there are, each time it asks
                pipeline.hset(key, f"{kind} {name}", count)
            else:
                pipeline.hincrby(key, f"{kind} {name}", count)
        pipeline.expire(key, LIFE)
        pipeline.sadd(_WAITING, f"{schema} {day}")
    pipeline.execute()


def tallies_waiting() -> list[Place]:
    """Return for which portals and days something may be there. Raises redis.RedisError."""
    members: Any = client().smembers(_WAITING)
    found = (member.decode().partition(" ") for member in members)
    return sorted((schema, day) for schema, _space, day in found)


def tally_take(schema: str, day: str) -> Batch | None:
    """Return what is there, or what was taken before and not put away. Raises redis.RedisError."""
    taken = _taken(schema, day)
    if not client().exists(taken):
        try:
            client().rename(_key(schema, day), taken)
        except redis.ResponseError:  # there is none
            return None
    client().hsetnx(taken, _BATCH, secrets.token_hex(16))
    fields: Any = client().hgetall(taken)
    identifier = fields.pop(_BATCH.encode()).decode()
    counts = {}
    for field, count in fields.items():
        kind, _space, name = field.decode().partition(" ")
        counts[kind, name] = int(count)
    return Batch(identifier, counts)


def tally_put_away(schema: str, day: str) -> None:
    """Forget what was taken, and the day if nothing more is there. Raises redis.RedisError."""

    def settle(pipeline: Pipeline) -> None:
        is_empty = not pipeline.exists(_key(schema, day))
        pipeline.multi()
        pipeline.delete(_taken(schema, day))
        if is_empty:
            pipeline.srem(_WAITING, f"{schema} {day}")

    client().transaction(settle, _key(schema, day))


def tallies_forget(schema: str) -> None:
    """Forget all that waits of a portal. Raises redis.RedisError."""
    for each, day in tallies_waiting():
        if each == schema:
            client().delete(_key(schema, day))
            tally_put_away(schema, day)


def _key(schema: str, day: str) -> str:
    return f"{schema}:numbers:{day}"


def _taken(schema: str, day: str) -> str:
    return f"{_key(schema, day)}:taken"
