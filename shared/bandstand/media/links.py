"""Addresses of prepared pictures.

Where a media host is set, each address there carries a signature over the picture's folder. What everybody is shown
has one that lasts, so that caches keep the file; what is shown to whoever is logged in has one that ends, as perhaps
nobody else may see it yet. Without a media host pictures stand below the portal's own host.
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
# Links end together on the hour, so that a page that is opened again names the files that the browser has already.
ENDING_STEP = 3600
_STEPS = 2  # a link holds between one step and two

_SALT = "bandstand.media.links"
_FOLDERS_REMEMBERED = 8192
_links_last: ContextVar[bool] = ContextVar("bandstand_links_last", default=False)


@contextmanager
def picture_links(*, last: bool) -> Iterator[None]:
    """Say whether links to pictures made within the block last, because everybody may see them, or end."""
    token = _links_last.set(last)
    try:
        yield
    finally:
        _links_last.reset(token)


def picture_url(path: str) -> str:
    """Return the address of a prepared picture's file: whole at the media host, else from the root of the portal's."""
    if not settings.MEDIA_HOST:
        return str(default_storage.url(path))
    folder = path.rpartition("/")[0]
    until = "" if _links_last.get() else f"{(int(time.time()) // ENDING_STEP + _STEPS) * ENDING_STEP}."
    token = until + _signature(until, folder, settings.SECRET_KEY)
    return absolute_url(settings.MEDIA_HOST, f"/{token}/{filepath_to_uri(path)}")


def seconds_left(token: str, path: str) -> int | None:
    """Return how long the file at `path` may be kept by whoever asks with `token`; None where it opens nothing."""
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
def _signature(until: str, folder: str, _key: str) -> str:
    """Return what each file of a picture has in common; a page names up to a dozen."""
    return Signer(salt=_SALT).signature(_signed(until, folder))


def _signed(until: str, folder: str) -> str:
    return f"{until}/{folder}"
