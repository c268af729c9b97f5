"""The version of a tenant's content. It changes with every transaction that writes to the tenant's schema.

It is kept in Redis, where one look-up tells whether a cached page is still valid. A version is random, not a counter,
so that a Redis that lost its data can't repeat an earlier one. It changes before and after a commit, and in between
the writer is registered beside it: a page rendered meanwhile may have seen either state, so it isn't cached. If the
writer dies before the second change, the pages cached before are invalid all the same.
"""

from __future__ import annotations

import functools
import logging
import secrets
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import redis
from django.conf import settings

logger = logging.getLogger(__name__)

LIFE = 24 * 3600  # seconds without a write after which a version expires
_WRITING_AT_MOST = 60  # seconds; the two changes are only a COMMIT apart
_REST = 2.0  # seconds before an unavailable Redis is tried again
_RETRY = 1.0


@functools.cache
def client() -> redis.Redis:
    """Return this process's client for versions and pages. Timeouts are short, as a page can be rendered instead."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=0.5, socket_timeout=0.5)


def version_key(schema_name: str) -> str:
    """Return the Redis key of a schema's version."""
    return f"{schema_name}:content:version"


def new_version() -> str:
    """Return a new random version."""
    return secrets.token_urlsafe(9)


def current_version(schema_name: str) -> bytes:
    """Return the version, created if there is none. Raises redis.RedisError."""
    found: Any = client().get(version_key(schema_name))
    if found is None:
        client().set(version_key(schema_name), new_version(), nx=True, ex=LIFE)
        found = client().get(version_key(schema_name))
    return found or b""


def is_being_written(schema_name: str) -> bool:
    """Whether a commit is in progress, or one was interrupted a moment ago. Raises redis.RedisError."""
    return schema_name in _announcements.missed or bool(client().scard(_writers_key(schema_name)))


def _writers_key(schema_name: str) -> str:
    return f"{schema_name}:content:writers"


@contextmanager
def changing(schemas: Iterable[str]) -> Iterator[None]:
    """Change the versions of these schemas before and after the block."""
    names, writer = sorted(schemas), secrets.token_urlsafe(6)
    _announcements.send(names, writer, begins=True)
    try:
        yield
    finally:
        _announcements.send(names, writer, begins=False)


def content_changed(schema_name: str) -> None:
    """Change the version after writes that bypass Django's connection: COPY, a restore, a replayed migration."""
    with changing([schema_name]):
        pass


class _Announcements:
    """Sends new versions to Redis; those that failed are sent when Redis is back."""

    def __init__(self) -> None:
        self.missed: set[str] = set()
        self._lock = threading.Lock()
        self._away_until = 0.0
        self._thread: threading.Thread | None = None

    def send(self, names: list[str], writer: str, *, begins: bool) -> None:
        """Change the versions; while Redis is unavailable, remember the schemas."""
        if time.monotonic() >= self._away_until:
            try:
                self._send(names, writer, begins=begins)
            except redis.RedisError as problem:
                self._away_until = time.monotonic() + _REST
                logger.warning("pages may be as old as their life allows until Redis is back: %s", problem)
            else:
                return
        if not begins:
            self._remember(names)

    @staticmethod
    def _send(names: list[str], writer: str, *, begins: bool) -> None:
        pipeline = client().pipeline()
        for name in names:
            pipeline.set(version_key(name), new_version(), ex=LIFE)
            if begins:
                pipeline.sadd(_writers_key(name), writer)
                pipeline.expire(_writers_key(name), _WRITING_AT_MOST)
            else:
                pipeline.srem(_writers_key(name), writer)
        pipeline.execute()

    def _remember(self, names: list[str]) -> None:
        with self._lock:
            self.missed.update(names)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._catch_up, name="content-versions", daemon=True)
                self._thread.start()

    def _catch_up(self) -> None:
        while self.missed:
            time.sleep(_RETRY)
            names = sorted(self.missed)
            try:
                self._send(names, "", begins=False)
            except redis.RedisError:
                continue
            with self._lock:
                self.missed.difference_update(names)


_announcements = _Announcements()
