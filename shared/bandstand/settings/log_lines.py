"""Keeps log lines free of user content and secrets, and each event on one line, safe from injected line breaks and
terminal escapes.

Exception messages repeat content: PostgreSQL's quote the row, `int()` its argument. So a logged traceback has the
place and the type of the error, and the message only if it is about the machine. URLs may contain tokens.
"""

from __future__ import annotations

import re
import smtplib
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from types import TracebackType
from typing import Any, Final

import psycopg
import redis
import structlog
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError
from django.http import HttpRequest
from django.urls import Resolver404, resolve

Line = MutableMapping[str, Any]

# Parts of URL patterns that grant access; a test requires every new part to be classified.
SECRET_PARTS: Final = frozenset({"token", "key", "uidb36"})
_MASK: Final = "***"
_LONG: Final = re.compile(r"[^/]{16,}")
# Control characters (C0, DEL, C1), line separators, and direction marks, which can make a line appear different from
# what it is. Source: Unicode Technical Report 36, "Bidirectional Text Spoofing".
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# Tracebacks span several lines, produced by the renderer or later.
_HAVE_LINES = {"exception", "stack"}
# The messages of these are about hosts, files and settings.
_ABOUT_THE_MACHINE: Final = (
    OSError,
    ImproperlyConfigured,
    OperationalError,
    psycopg.OperationalError,
    redis.RedisError,
)
_ABOUT_PEOPLE: Final = (smtplib.SMTPException,)  # an OSError, but its message repeats addresses


def printable(_logger: Any, _method: str, event: Line) -> Line:
    """Escape unprintable characters in the event's texts. A structlog processor."""
    for name, value in event.items():
        if isinstance(value, str) and name not in _HAVE_LINES:
            event[name] = _UNPRINTABLE.sub(_escape, value)
    return event


def _escape(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")


def without_contents(_logger: object, _name: str, line: Line) -> Line:
    """Format an exception without user content. A structlog processor."""
    thrown = _thrown(line.pop("exc_info", None))
    if thrown is not None:
        line["exception"] = "".join(_told(thrown)).rstrip()
    return line


def without_secret_addresses(_logger: object, _name: str, line: Line) -> Line:
    """Mask the URL in Django's lines about requests. A structlog processor."""
    request = getattr(line.get("_record"), "request", None)
    if isinstance(request, HttpRequest):
        line["event"] = str(line["event"]).replace(request.path, shown_path(request))
    return line


def shown_path(request: HttpRequest) -> str:
    """Return the path with secrets masked, and without the query string, which may contain tokens too."""
    return masked(request.path, getattr(request, "urlconf", None))


def masked(path: str, urlconf: str | None = None) -> str:
    """Return a path of this site with secrets masked; `urlconf` defaults to the current request's."""
    try:
        parts = resolve(path, urlconf).kwargs
    except Resolver404:
        return _LONG.sub(_MASK, path)  # a badly copied link may still contain most of a secret
    for name, value in parts.items():
        if name in SECRET_PARTS:
            path = path.replace(str(value), _MASK)
    return path


def words_of(thrown: BaseException) -> str:
    """Return an exception's message if it is about the machine; for a database error, where it happened."""
    if isinstance(thrown, _ABOUT_THE_MACHINE) and not isinstance(thrown, _ABOUT_PEOPLE):
        return str(thrown)
    if isinstance(thrown, psycopg.Error):
        about = thrown.diag
        told = (thrown.sqlstate, about.table_name, about.column_name, about.constraint_name)
        return " ".join(part for part in told if part)
    return ""


def _thrown(exc_info: Any) -> BaseException | None:
    if isinstance(exc_info, tuple):
        return exc_info[1] if isinstance(exc_info[1], BaseException) else None
    if isinstance(exc_info, BaseException):
        return exc_info
    return sys.exc_info()[1] if exc_info else None


def _told(thrown: BaseException) -> Iterator[str]:
    cause = thrown.__cause__ or (None if thrown.__suppress_context__ else thrown.__context__)
    if cause is not None:
        yield from _told(cause)
        yield "\n"
    place: TracebackType | None = thrown.__traceback__
    yield "Traceback (most recent call last):\n"
    yield from traceback.format_tb(place)
    kind = type(thrown)
    words = words_of(thrown)
    yield f"{kind.__module__}.{kind.__qualname__}{': ' if words else ''}{words}\n"


def organization_of_request(_logger: object, _name: str, event: Line) -> Line:
    """Add the portal to lines that Django logs after the portal's part of the request is over ("Not Found: …")."""
    organization = getattr(getattr(event.get("_record"), "request", None), "organization", None)
    if organization is not None:
        event.setdefault("organization", organization.slug)
    return event


def formatter(*, as_json: bool, with_contents: bool) -> dict[str, Any]:
    """Return the formatter of all handlers. `with_contents` is for a developer's own machine."""
    renderer: Any = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False)
    scrubbing = (
        [structlog.processors.format_exc_info] if with_contents else [without_contents, without_secret_addresses]
    )
    return {
        "()": "structlog.stdlib.ProcessorFormatter",
        "processors": [*scrubbing, structlog.stdlib.ProcessorFormatter.remove_processors_meta, printable, renderer],
        "foreign_pre_chain": [
            structlog.contextvars.merge_contextvars,
            organization_of_request,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.stdlib.add_logger_name,
            structlog.stdlib.add_log_level,
        ],
    }
