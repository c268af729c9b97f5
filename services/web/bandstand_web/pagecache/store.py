"""Caches pages in Redis, each with the version of the contents that it shows.

When several processes miss the same page at once, one takes a lock and renders it while the others wait briefly. A page
whose contents have changed is never served, nor one that outlived its end: a moment at which something appears or ends.
One that has merely expired still is, while it is being rendered again.

A page lives long as long as the dispatcher watches over the announcements of changes: the store has the word of the
watch then, and it is the one that the page was made under. Otherwise it lives for a minute.
"""

from __future__ import annotations

import json
import logging
import time
import zlib
from dataclasses import dataclass
from typing import Any

import redis
from django.conf import settings
from django.http import HttpResponse

from bandstand.database import content_version
from bandstand_web.pagecache.pages import AnonymousPage

logger = logging.getLogger(__name__)

_GRACE = 10.0  # seconds for which an expired page is served while a new one is rendered
_UNWATCHED = 50.0  # seconds; with the grace a minute, the longest for which a page may be wrong
_LOCK = 5.0  # seconds that rendering may take before another process tries
_NOBODY_WAITS = 5  # seconds for which requests don't wait for a page that turned out not to be cacheable
_PATIENCE = 3.0  # seconds
_REST = 2.0  # seconds before an unreachable Redis is tried again
_UNKEPT = b"unkept"


@dataclass(frozen=True)
class KeptPage:
    """A stored response, and until when it is fresh (seconds since the epoch)."""

    status: int
    headers: dict[str, str]
    body: bytes
    fresh_until: float

    @property
    def is_fresh(self) -> bool:
        """Whether it needn't be rendered again."""
        return time.time() < self.fresh_until

    def response(self) -> HttpResponse:
        """Return the stored response."""
        return HttpResponse(self.body, status=self.status, headers=self.headers)


@dataclass(frozen=True)
class Look:
    """The result of a lookup: the contents' version, the word of the watch, and the page, if it shows that version."""

    version: bytes
    watch: str
    page: KeptPage | None


class PageStore:
    """All portals' pages. While Redis is unreachable, lookups miss and nothing is stored."""

    def __init__(self) -> None:
        self._away_until = 0.0

    def look(self, page: AnonymousPage) -> Look | None:
        """Look the page up; None if nothing can be cached at present."""
        if time.monotonic() < self._away_until:
            return None
        keys = [content_version.version_key(scope) for scope in page.scopes]
        try:
            found: Any = content_version.client().mget(page.key, content_version.WATCH, *keys)
            stored, watch, *versions = found
            known = zip(page.scopes, versions, strict=True)
            version = b"+".join(each or content_version.current_version(scope) for scope, each in known)
        except redis.RedisError as problem:
            self._rest(problem)
            return None
        word = watch.decode() if watch else ""
        return Look(version, word, _unpacked(stored, version, word) if stored else None)

    def try_to_make(self, page: AnonymousPage) -> bool:
        """Whether the caller is to render the page; if so, `put` or `give_up` must follow."""
        try:
            return bool(content_version.client().set(_lock(page), b"", nx=True, px=int(_LOCK * 1000)))
        except redis.RedisError as problem:
            self._rest(problem)
            return True

    def wait(self, page: AnonymousPage) -> KeptPage | None:
        """Wait for the page that another process is rendering; None if there is none, or it takes too long."""
        delay, end = 0.01, time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            try:
                maker = content_version.client().get(_lock(page))
            except redis.RedisError as problem:
                self._rest(problem)
                return None
            if maker != b"":  # finished or given up
                found = self.look(page)
                return found.page if found else None
            time.sleep(delay)
            delay = min(delay * 1.5, 0.1)
        return None

    def put(self, page: AnonymousPage, look: Look, response: HttpResponse, *, ends_at: float) -> None:
        """Store a response that was rendered after this look, unless it has outlived its end."""
        try:
            now = time.time()
            committing_for = content_version.committing_for(page.scopes)
            is_uncertain = committing_for is not None and committing_for < content_version.COMMITTING_AT_MOST
            if now >= ends_at or is_uncertain:
                content_version.client().delete(_lock(page))
                return
            # Without the watch, or after a writer that died, it isn't known for long whether this is still true.
            watch = "" if committing_for is not None else look.watch
            pipeline = content_version.client().pipeline(transaction=False)
            stored = _packed(response, look.version, watch, now, ends_at)
            pipeline.set(page.key, stored, px=max(1, int(min(_life(watch) + _GRACE, ends_at - now) * 1000)))
            pipeline.delete(_lock(page))
            pipeline.execute()
        except redis.RedisError as problem:
            self._rest(problem)

    def give_up(self, page: AnonymousPage) -> None:
        """Mark the page as not cacheable, so that for a while other requests don't wait for it."""
        try:
            content_version.client().set(_lock(page), _UNKEPT, ex=_NOBODY_WAITS)
        except redis.RedisError as problem:
            self._rest(problem)

    def _rest(self, problem: redis.RedisError) -> None:
        self._away_until = time.monotonic() + _REST
        logger.warning("pages are made for each visitor until Redis is back: %s", problem)


def _lock(page: AnonymousPage) -> str:
    return f"{page.key}:making"


def _life(watch: str) -> float:
    """Return for how many seconds a page lives at most: long under a word of the watch that is there."""
    return settings.PAGE_CACHE_SECONDS if watch else min(settings.PAGE_CACHE_SECONDS, _UNWATCHED)


def _packed(response: HttpResponse, version: bytes, watch: str, made_at: float, ends_at: float) -> bytes:
    about = json.dumps([watch, made_at, ends_at, response.status_code, dict(response.items())])
    return b"\n".join((version, about.encode(), zlib.compress(response.content)))


def _unpacked(stored: bytes, version: bytes, watch: str) -> KeptPage | None:
    shown, about, body = stored.split(b"\n", 2)
    if shown != version:
        return None
    made_under, made_at, ends_at, status, headers = json.loads(about)
    life = _life(made_under if made_under == watch else "")
    fresh_until, now = min(made_at + life, ends_at), time.time()
    # Redis deletes it at its end as well, but a little later, as its key's life began when the page reached it.
    if now >= min(fresh_until + _GRACE, ends_at):
        return None
    return KeptPage(status, headers, zlib.decompress(body), fresh_until)


store = PageStore()
