"""URLs of processed pictures.

If a media host is set, each URL has a signature over the picture's folder. On public pages the signature doesn't
expire, so that caches keep the file; on pages for logged-in users it does, as the picture may not be public yet.
Without a media host pictures are served from the portal's own host.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.signing import BadSignature, Signer
from django.utils.encoding import filepath_to_uri

from bandstand.organizations.addresses import absolute_url

LASTING_SECONDS = 365 * 24 * 3600
# Links expire on the hour, so that a page that is reloaded uses the URLs that the browser has already cached.
ENDING_STEP = 3600
_STEPS = 2  # a link is valid for one to two steps

_SALT = "bandstand.media.links"
_FOLDERS_REMEMBERED = 8192
_links_last: ContextVar[bool] = ContextVar("bandstand_links_last", default=False)


@contextmanager
def picture_links(*, last: bool) -> Iterator[None]:
    """Choose whether picture links created in the block are permanent, for public pages, or expire."""
    token = _links_last.set(last)
    try:
        yield
    finally:
        _links_last.reset(token)


def picture_url(path: str) -> str:
    """Return the URL of a processed picture's file: absolute with a media host, otherwise relative to the root."""
    folder, _slash, name = path.rpartition("/")
    lasts = _links_last.get() or not settings.MEDIA_HOST
    until = "" if lasts else f"{(int(time.time()) // ENDING_STEP + _STEPS) * ENDING_STEP}."
    return f"{_folder_url(folder, until, settings.MEDIA_HOST, settings.SECRET_KEY)}{filepath_to_uri(name)}"


def seconds_left(token: str, path: str) -> int | None:
    """Return for how many seconds a response for `path` may be cached; None if `token` is invalid or expired."""
    until, dot, signature = token.rpartition(".")
    try:
        Signer(salt=_SALT).unsign(f"{_signed(until + dot, path.rpartition('/')[0])}:{signature}")
    except BadSignature:
        return None
    if not dot:
        return LASTING_SECONDS
    left = int(until) - int(time.time())
    return left if left > 0 else None


@functools.lru_cache(_FOLDERS_REMEMBERED)
def _folder_url(folder: str, until: str, media_host: str, _key: str) -> str:
    """Return what the URLs of a picture's files begin with, remembered because a page links up to a dozen of each."""
    if not media_host:
        return str(default_storage.url(f"{folder}/"))
    token = until + Signer(salt=_SALT).signature(_signed(until, folder))
    return absolute_url(media_host, f"/{token}/{filepath_to_uri(folder)}") + "/"


def _signed(until: str, folder: str) -> str:
    return f"{until}/{folder}"
