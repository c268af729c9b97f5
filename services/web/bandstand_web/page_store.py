"""Pages in Redis, each with the version of the contents that it shows.

Several processes that miss the same page at once don't all make it: one gets a lock, the others wait for it briefly. A
page whose contents changed is never given out. One that is merely old still is, while somebody makes it anew.
"""

from __future__ import annotations

import json
import logging
import time
from dataclasses import dataclass
from typing import Any

import redis
from django.conf import settings
from django.http import HttpResponse

from bandstand.database import content_version
from bandstand_web.anonymous_pages import AnonymousPage

logger = logging.getLogger(__name__)

_GRACE = 10.0  # seconds for which an old page is given out while a new one is made
_LOCK = 5.0  # seconds that making a page may take before somebody else tries
_NOBODY_WAITS = 5  # seconds for which nobody waits for a page that turned out not to be one to keep
_PATIENCE = 3.0  # seconds
_REST = 2.0  # seconds for which an absent Redis isn't asked again
_UNKEPT = b"unkept"


@dataclass(frozen=True)
class KeptPage:
    """A page as it was given out, and until when it is as good as new (seconds since 1970)."""

    headers: dict[str, str]
    body: bytes
    fresh_until: float

    @property
    def etag(self) -> str:
        """The page's entity tag."""
        return self.headers["ETag"]

    def response(self) -> HttpResponse:
        """Return the answer that it was."""
        return HttpResponse(self.body, headers=self.headers)


@dataclass(frozen=True)
class Look:
    """What a look into the store found: the contents' version now, and the page, if it shows that version."""

    version: bytes
    page: KeptPage | None


class PageStore:
    """The pages of all portals. Where Redis is away its methods find nothing and keep nothing."""

    def __init__(self) -> None:
        self._away_until = 0.0

    def look(self, page: AnonymousPage) -> Look | None:
        """Return what there is; None where nothing can be kept now."""
        if time.monotonic() < self._away_until:
            return None
        schema = page.organization.schema_name
        try:
            found: Any = content_version.client().mget(content_version.version_key(schema), page.key)
            version, stored = found
            if version is None:
                version = content_version.current_version(schema)
        except redis.RedisError as problem:
            self._rest(problem)
            return None
        return Look(version, _unpacked(stored, version) if stored else None)

    def try_to_make(self, page: AnonymousPage) -> bool:
        """Whether the caller is to make the page; then `put` or `give_up` has to follow."""
        try:
            return bool(content_version.client().set(_lock(page), b"", nx=True, px=int(_LOCK * 1000)))
        except redis.RedisError as problem:
            self._rest(problem)
            return True

    def wait(self, page: AnonymousPage) -> KeptPage | None:
        """Return the page that somebody else is making; None if there is none to wait for, or it takes too long."""
        delay, end = 0.01, time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            try:
                maker = content_version.client().get(_lock(page))
            except redis.RedisError as problem:
                self._rest(problem)
                return None
            if maker != b"":  # done or given up
                found = self.look(page)
                return found.page if found else None
            time.sleep(delay)
            delay = min(delay * 1.5, 0.1)
        return None

    def put(self, page: AnonymousPage, version: bytes, response: HttpResponse) -> None:
        """Keep an answer that was made when the contents had this version."""
        try:
            if content_version.is_being_written(page.organization.schema_name):
                content_version.client().delete(_lock(page))
                return
            hardly = page.seconds_until_midnight()
            life = min(settings.PAGE_CACHE_SECONDS + _GRACE, hardly)
            fresh_until = time.time() + min(settings.PAGE_CACHE_SECONDS, hardly)
            pipeline = content_version.client().pipeline(transaction=False)
            pipeline.set(page.key, _packed(response, version, fresh_until), px=max(1, int(life * 1000)))
            pipeline.delete(_lock(page))
            pipeline.execute()
        except redis.RedisError as problem:
            self._rest(problem)

    def give_up(self, page: AnonymousPage) -> None:
        """Say that there is nothing to keep: for a while nobody waits for this page."""
        try:
            content_version.client().set(_lock(page), _UNKEPT, ex=_NOBODY_WAITS)
        except redis.RedisError as problem:
            self._rest(problem)

    def _rest(self, problem: redis.RedisError) -> None:
        self._away_until = time.monotonic() + _REST
        logger.warning("pages are made for each visitor until Redis is back: %s", problem)


def _lock(page: AnonymousPage) -> str:
    return f"{page.key}:making"


def _packed(response: HttpResponse, version: bytes, fresh_until: float) -> bytes:
    about = json.dumps([fresh_until, dict(response.items())])
    return b"\n".join((version, about.encode(), response.content))


def _unpacked(stored: bytes, version: bytes) -> KeptPage | None:
    shown, about, body = stored.split(b"\n", 2)
    if shown != version:
        return None
    fresh_until, headers = json.loads(about)
    return KeptPage(headers, body, fresh_until)


store = PageStore()
