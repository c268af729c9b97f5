"""Serves anonymous pages from the cache, fills it, and adds an ETag.

Comes before sessions, accounts and logging, so that a cached page costs one request to Redis and nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response

from bandstand.content.one_moment import at_one_moment
from bandstand.media.links import picture_links
from bandstand_web.pagecache.counting import count_page, count_search
from bandstand_web.pagecache.outcomes import HIT, MISS, note_outcome
from bandstand_web.pagecache.pages import (
    AnonymousPage,
    anonymous_page_of,
    is_known,
    may_be_kept,
)
from bandstand_web.pagecache.replica import asked_anywhere, leave_replica, reading_from_replica
from bandstand_web.pagecache.store import KeptPage, Look, store

GetResponse = Callable[[HttpRequest], HttpResponseBase]

# Caches may store the page but must revalidate it each time, which is cheap. With a max-age they would show content
# that has been changed or unpublished, and revalidation is also correct for shared caches that ignore Vary.
CACHE_CONTROL = "public, no-cache"


class AnonymousPagesMiddleware:
    """Must come directly after TenancyMiddleware."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        page = anonymous_page_of(request) if getattr(request, "organization", None) else None
        # Anonymous visitors all see the same, and what is kept for a day has no links that expire.
        with picture_links(last=page is not None or not is_known(request)):
            return self._answer(request, page)

    def _answer(self, request: HttpRequest, page: AnonymousPage | None) -> HttpResponseBase:
        if page is None:
            with at_one_moment():
                response = self.get_response(request)
            count_search(request)
            return response
        is_cached = settings.PAGE_CACHE_SECONDS and not page.shows_uncommitted_writes
        look = store.look(page) if is_cached else None
        if is_cached:
            note_outcome(request, MISS)
        response = self._from_cache(request, page, look) if look else self._made(request, page)
        count_page(request, page, response)
        return _conditional(request, response)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """Render the page again from the primary if the replica failed. Source: Django's middleware."""
        match = request.resolver_match
        if match is None or not leave_replica(exception):
            return None
        return cast("HttpResponseBase", match.func(request, *match.args, **match.kwargs))

    def _from_cache(self, request: HttpRequest, page: AnonymousPage, look: Look) -> HttpResponseBase:
        found = look.page
        if found and found.is_fresh:
            return _kept(request, found)
        if not store.try_to_make(page):
            found = found or store.wait(page)
            return _kept(request, found) if found else self._made(request, page, look.version)
        kept = False
        try:
            with _making(request, page, look.version) as now:
                ends_at = asked_anywhere(partial(page.end_of_life, now))
                response = _tagged(request, self.get_response(request))
            if response.has_header("ETag") and not response.streaming:
                store.put(page, look, cast("HttpResponse", response), ends_at=ends_at)
                kept = True
        finally:
            if not kept:
                store.give_up(page)
        return response

    def _made(self, request: HttpRequest, page: AnonymousPage, version: bytes = b"") -> HttpResponseBase:
        with _making(request, page, version):
            return _tagged(request, self.get_response(request))


@contextmanager
def _making(request: HttpRequest, page: AnonymousPage, version: bytes) -> Iterator[datetime]:
    """Prepare for the page's view, which shows everything as it is at the given moment."""
    page.clean(request)
    page.organization.content_version = version
    with at_one_moment() as now, reading_from_replica(page.organization):
        yield now


def _tagged(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Return the view's response, with an ETag if it may be cached."""
    if may_be_kept(request, response):
        content = response.headers.get("Location", "").encode() + cast("HttpResponse", response).content
        # Weak, because proxies compress: https://www.rfc-editor.org/rfc/rfc9110#section-8.8.1
        response["ETag"] = f'W/"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'
        response.headers.setdefault("Cache-Control", CACHE_CONTROL)
    return response


def _kept(request: HttpRequest, found: KeptPage) -> HttpResponse:
    note_outcome(request, HIT)
    return found.response()


def _conditional(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    etag = response.headers.get("ETag")
    if etag is None or "HTTP_IF_NONE_MATCH" not in request.META:
        return response
    return cast(
        "HttpResponseBase", get_conditional_response(request, etag=etag, response=cast("HttpResponse", response))
    )
