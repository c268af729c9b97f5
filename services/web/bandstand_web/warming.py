"""Does before a process takes requests what its first ones would have to do: half a second of work for a visitor.

The server loads the application before it answers anything, so a process that is warming up isn't ready.
"""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connections
from django.template.loader import get_template
from django.urls import get_resolver
from django.utils import translation

from bandstand.organizations.models import Organization

WSGIApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

PAGE = "/"
# Whoever says who they are may get a page of their own: the answer is made, and doesn't come from the cache.
_WHO_ASKS = "warm-up"

logger = logging.getLogger("bandstand.web")


def warmed(application: WSGIApplication) -> WSGIApplication:
    """Return `application` with addresses, templates and catalogues loaded, after a page of platform and portal each.

    Nothing that fails here keeps the process from serving.
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
    """Ask for a page and return the status of the answer."""
    statuses: list[str] = []
    answer = application(_environ(host), lambda status, *_more: statuses.append(status))
    try:
        for _piece in answer:
            pass
    finally:
        getattr(answer, "close", lambda: None)()
    return int(statuses[0].partition(" ")[0])


def _environ(host: str) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": PAGE,
        "QUERY_STRING": "",
        "HTTP_HOST": host,
        "HTTP_AUTHORIZATION": _WHO_ASKS,
        "HTTP_ACCEPT": "text/html",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": "0",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
