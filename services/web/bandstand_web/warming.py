"""Does before a process takes requests what its first ones would have to do: half a second of work for a visitor.

The server loads the application before it answers anything, so a process that is warming up isn't ready.
"""

from __future__ import annotations

import gc
import io
import logging
import time
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connections
from django.template.loader import get_template
from django.urls import get_resolver
from django.utils import translation

from bandstand.organizations.models import Organization
from bandstand_web.receiving import Answer, WSGIApplication, environ_of

PAGE = b"/"
# Whoever says who they are may get a page of their own: the answer is made, and doesn't come from the cache.
_WHO_ASKS = b"warm-up"

logger = logging.getLogger("bandstand.web")


def warmed(application: WSGIApplication) -> WSGIApplication:
    """Return `application` with addresses, templates and catalogues loaded, after a page of platform and portal each.

    Nothing that fails here keeps the process from serving. What is loaded by then stays, so no collection of garbage
    looks through it any more.
    """
    began = time.perf_counter()
    try:
        load()
        answers = {host: _status(application, host) for host in _hosts()}
    except Exception:
        logger.exception("warming up failed; the first requests will take longer")
        return application
    finally:
        connections.close_all()
        gc.collect()
        gc.freeze()
    cold = {host: status for host, status in answers.items() if status != HTTPStatus.OK}
    if cold:
        logger.warning("pages answered otherwise than expected while warming up: %s", cold)
    logger.info("warmed up in %.2f s", time.perf_counter() - began)
    return application


def load() -> None:
    """Load addresses, templates and catalogues."""
    for urlconf in (settings.ROOT_URLCONF, settings.PUBLIC_SCHEMA_URLCONF):
        get_resolver(urlconf).reverse_dict  # noqa: B018 # makes it
    for name in templates():
        get_template(name)
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            translation.gettext("Menu")


def templates() -> Iterator[str]:
    """Yield the names of this service's own templates."""
    folders: Any = settings.TEMPLATES[0]["DIRS"]
    for folder in map(Path, folders):
        yield from (str(path.relative_to(folder)) for path in sorted(folder.rglob("*.html")))


def _hosts() -> Iterator[str]:
    """Yield the platform's host, and that of a portal if there is one."""
    yield settings.BASE_DOMAIN
    try:
        organization = Organization.objects.filter(state=Organization.State.ACTIVE).order_by("pk").first()
    except DatabaseError:
        return
    if organization is not None:
        yield organization.host


def _status(application: WSGIApplication, host: str) -> int:
    """Ask for a page, as whoever comes first would, and return the status of the answer."""
    answer = Answer(application, environ_of(_scope(host)) | {"wsgi.input": io.BytesIO()})
    while not answer.is_closed:
        answer.next_piece()
    return answer.status


def _scope(host: str) -> dict[str, Any]:
    return {
        "method": "GET",
        "raw_path": PAGE,
        "query_string": b"",
        "http_version": "1.1",
        "scheme": "https",
        "server": ("127.0.0.1", 443),
        "client": ("127.0.0.1", 0),
        "headers": [(b"host", host.encode()), (b"accept", b"text/html"), (b"authorization", _WHO_ASKS)],
    }
