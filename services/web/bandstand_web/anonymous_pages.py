"""Pages that are the same for everybody who isn't logged in, and may be kept for the next visitor.

A view says so itself, with the parameters of the address that count. Everything else that a request brings (other
parameters, cookies, the port of its Host) is taken off it before the view sees it, so nothing of one visitor's request
can stand in the page that the next one gets.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.urls import Resolver404, resolve
from django.utils import timezone

from bandstand.database.connection import connection
from bandstand.organizations.models import Organization
from bandstand_web.middleware.language import visitors_language
from bandstand_web.query_values import ImpossibleValueError

View = TypeVar("View", bound=Callable[..., HttpResponseBase])

PAGE_NUMBER = "[1-9][0-9]{0,3}"
SLUG = r"[-\w]{1,80}"
_PARAMETERS = "anonymous_parameters"
_NOT_KEPT = "is_of_this_request_alone"
_PATHS_REMEMBERED = 8192


def anonymous_page(**parameters: str) -> Callable[[View], View]:
    """Mark a view as one of such pages. `parameters`: those of its address that count, each with its pattern.

    A value that doesn't fit its pattern is answered by 404.
    """
    patterns = {name: re.compile(pattern) for name, pattern in sorted(parameters.items())}

    def mark(view: View) -> View:
        @functools.wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            for name, pattern in patterns.items():
                value = request.GET.get(name, "")
                if value and not pattern.fullmatch(value):
                    raise ImpossibleValueError(f"{name} has no such value")
            return view(request, *args, **kwargs)

        setattr(checked, _PARAMETERS, patterns)
        return cast("View", checked)

    return mark


def for_this_request_alone(response: HttpResponse) -> HttpResponse:
    """Keep the answer out of the cache: it answers something made up, of which there is no end."""
    setattr(response, _NOT_KEPT, True)
    return response


@dataclass(frozen=True)
class AnonymousPage:
    """What makes a page the one that was asked for."""

    organization: Organization
    language: str
    path: str
    query: str
    scheme: str

    @property
    def key(self) -> str:
        """Where the page stands in the cache; the schema in front, as with every key."""
        of = self.organization
        parts = (code_version(), settings.MEDIA_HOST, of.pk, of.name, of.slug, of.host, of.language, of.time_zone)
        text = "\0".join(map(str, (*parts, self.language, self.scheme, self.path, self.query)))
        return f"{of.schema_name}:page:{hashlib.blake2b(text.encode(), digest_size=16).hexdigest()}"

    def clean(self, request: HttpRequest) -> None:
        """Take off the request what doesn't count."""
        request.META["QUERY_STRING"] = self.query
        request.GET = QueryDict(self.query)
        # The language was chosen, by cookie or by header.
        request.COOKIES = {settings.LANGUAGE_COOKIE_NAME: self.language}
        request.META["HTTP_COOKIE"] = f"{settings.LANGUAGE_COOKIE_NAME}={self.language}"
        request.META["HTTP_HOST"] = self.organization.url("").partition("://")[2]

    def seconds_until_midnight(self) -> float:
        """How long today lasts in the portal's time zone."""
        now = timezone.now().astimezone(ZoneInfo(self.organization.time_zone))
        midnight = datetime.combine(now.date() + timedelta(days=1), time(), now.tzinfo)
        return midnight.timestamp() - now.timestamp()


def anonymous_page_of(request: HttpRequest) -> AnonymousPage | None:
    """Return which page for everybody the request asks for, in a portal; None where the answer may be personal."""
    if request.method not in {"GET", "HEAD"} or "HTTP_HX_REQUEST" in request.META or is_known(request):
        return None
    parameters = _parameters(request.path_info)
    if parameters is None:
        return None
    query = _query(request, parameters)
    if query is None:
        return None
    organization: Organization = request.organization  # type: ignore[attr-defined]
    return AnonymousPage(organization, visitors_language(request), request.path_info, query, request.scheme or "http")


def may_be_kept(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Whether nothing in the answer belongs to whoever asked first."""
    return (
        response.status_code == 200  # noqa: PLR2004
        and isinstance(response, HttpResponse)
        and not response.cookies
        and not response.has_header("Cache-Control")
        and not hasattr(response, _NOT_KEPT)
        and not request.META.get("CSRF_COOKIE_NEEDS_UPDATE")
        and not getattr(request, "_csp_nonce", None)
        and not getattr(getattr(request, "session", None), "modified", False)
        and not getattr(getattr(request, "_messages", None), "used", False)
    )


def sees_uncommitted_writes(organization: Organization) -> bool:
    """Whether this thread is in a transaction that changed the portal: it sees what nobody else does."""
    return organization.schema_name in connection.writes.schemas


def is_known(request: HttpRequest) -> bool:
    """Whether the visitor has a session or a message waiting, or says who they are otherwise."""
    if "HTTP_AUTHORIZATION" in request.META:
        return True
    cookies = request.META.get("HTTP_COOKIE")
    return bool(cookies) and not request.COOKIES.keys().isdisjoint((settings.SESSION_COOKIE_NAME, "messages"))


@functools.lru_cache(_PATHS_REMEMBERED)
def _parameters(path: str) -> dict[str, re.Pattern[str]] | None:
    try:
        view: Any = resolve(path, settings.ROOT_URLCONF).func
    except Resolver404:
        return None
    return getattr(view, _PARAMETERS, None)


def _query(request: HttpRequest, parameters: dict[str, re.Pattern[str]]) -> str | None:
    """Return the parameters that count in a fixed order; None where one has a value that none of our links has."""
    if not request.META.get("QUERY_STRING"):
        return ""
    try:
        sent = request.GET
    except (SuspiciousOperation, RequestDataTooBig):
        return None
    counting = QueryDict(mutable=True)
    for name, pattern in parameters.items():
        value = sent.get(name, "")
        if value and not pattern.fullmatch(value):
            return None
        if value:
            counting[name] = value
    return counting.urlencode()


@functools.cache
def code_version() -> str:
    """Return what changes with the code that makes the pages: the release, or else when its newest file was saved."""
    if settings.RELEASE:
        return str(settings.RELEASE)
    folder = Path(__file__).parent
    return str(max(file.stat().st_mtime_ns for kind in ("*.py", "*.html", "*.mo") for file in folder.rglob(kind)))
