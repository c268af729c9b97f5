"""The version of a tenant's content. It changes with every transaction that writes to what its pages show.

A scope is what has a version: a schema, for what all of its pages show, or "schema:part" for what some of them show
besides, such as votes. See shown_tables.

Versions are kept beside the pages, where one look-up tells whether a cached page is still valid. A version is random,
not a counter, so that a store that lost its data can't repeat an earlier one. It changes before and after a commit, and
in between the writer is registered: a page rendered meanwhile may have seen either state, so it isn't cached.

Pages live for a day, so no announcement may be lost, whatever dies. A writer that can't announce its commit beforehand
leaves a note in `public` in the same transaction. One that dies after it stays registered. The dispatcher's watch
announces both, see bandstand_worker.page_watch, and says by a word in the store that it does. Where the word is missing
or isn't the one that a page was made under, the page lives for a minute.
"""

from __future__ import annotations

import functools
import logging
import secrets
import time
from collections.abc import Collection
from typing import Any

import redis
from django.conf import settings
from redis.client import Pipeline

logger = logging.getLogger(__name__)

LIFE = 48 * 3600  # seconds without a write after which a version expires; pages live half of that
WATCH = "public:content:watch"  # the word of the watch; expires unless it is renewed
WRITERS = "public:content:writers"  # a sorted set: "scope token" of those who are committing, by when they began
NOTES = "public.organizations_unannouncedchange"
COMMITTING_AT_MOST = 60  # seconds
_REST = 2.0  # seconds before an unavailable store is tried again


@functools.cache
def client() -> redis.Redis:
    """Return this process's client for versions and pages. Timeouts are short, as a page can be rendered instead."""
    return redis.Redis.from_url(settings.PAGE_CACHE_URL, socket_connect_timeout=0.5, socket_timeout=0.5)


def scope(schema_name: str, part: str = "") -> str:
    """Return the scope of a part of the schema's pages, or of all of them."""
    return f"{schema_name}:{part}" if part else schema_name


def version_key(scope: str) -> str:
    """Return the key of a scope's version."""
    return f"{scope}:content:version"


def current_version(scope: str) -> bytes:
    """Return the version, created if there is none. Raises redis.RedisError."""
    found: Any = client().get(version_key(scope))
    if found is None:
        client().set(version_key(scope), _new_version(), nx=True, ex=LIFE)
        found = client().get(version_key(scope))
    return found or b""


def new_versions(scopes: Collection[str], store: redis.Redis) -> Pipeline:
    """Return messages to this store that give each of these scopes a new version; the caller adds others, and sends."""
    pipeline = store.pipeline()
    for each in sorted(scopes):
        pipeline.set(version_key(each), _new_version(), ex=LIFE)
    return pipeline


def committing_for(scopes: Collection[str]) -> float | None:
    """Return for how many seconds the last writer of one of these has been committing; None if there is none.

    One that has for longer than COMMITTING_AT_MOST died. All portals' writers are looked through, as they are few.
    Raises redis.RedisError.
    """
    registered: Any = client().zrange(WRITERS, 0, -1, desc=True, withscores=True)
    for mark, began in registered:
        if scope_of(mark.decode()) in scopes:
            return time.time() - float(began)
    return None


def scope_of(mark: str) -> str:
    """Return the scope of a registered writer."""
    return mark.partition(" ")[0]


def _new_version() -> str:
    return secrets.token_urlsafe(9)


class VersionChange:
    """Tells the store that a transaction changes these scopes: `begin` before its commit, `end` after it."""

    _away_until = 0.0

    def __init__(self, scopes: Collection[str]) -> None:
        self._scopes = scopes
        token = secrets.token_urlsafe(6)
        self._marks = [f"{each} {token}" for each in self._scopes]

    def begin(self) -> bool:
        """Change the versions and register the writer, who has a transaction with a number by now.

        Returns False if a note has to be left: the store is away, or nobody watches over it, so it may be one that
        others have left for another.
        """
        pipeline = new_versions(self._scopes, client())
        pipeline.zadd(WRITERS, dict.fromkeys(self._marks, time.time()))
        pipeline.exists(WATCH)
        return bool(self._sent(pipeline)[-1])

    def end(self) -> None:
        """Change the versions again; if the store is away, the watch does it."""
        pipeline = new_versions(self._scopes, client())
        pipeline.zrem(WRITERS, *self._marks)
        self._sent(pipeline)

    @staticmethod
    def _sent(pipeline: Pipeline) -> list[Any]:
        if time.monotonic() >= VersionChange._away_until:
            try:
                return pipeline.execute()
            except redis.RedisError as problem:
                VersionChange._away_until = time.monotonic() + _REST
                logger.warning("changes are announced once the store of pages is back: %s", problem)
        return [None]
