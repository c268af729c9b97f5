"""Pages that are the same for every visitor who isn't logged in, and may be cached.

A view declares this itself, with the query parameters that matter. Everything else in the request (other parameters,
cookies, the Host's port) is removed before the view sees it, so nothing from one visitor's request can end up in the
page that the next one gets.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
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

from bandstand.content.appearing import next_turn
from bandstand.database.connection import connection
from bandstand.database.content_version import scope
from bandstand.organizations.models import Organization
from bandstand_web.middleware.language import visitors_language
from bandstand_web.page_languages import code_in, urls_for
from bandstand_web.query_values import ImpossibleValueError

View = TypeVar("View", bound=Callable[..., HttpResponseBase])

PAGE_NUMBER = "[1-9][0-9]{0,3}"
SLUG = r"[-\w]{1,80}"
UNLOCKED_COOKIE = "unlocked"  # browsers send it to that page alone for which its password was given
_PARAMETERS = "anonymous_parameters"
_FOR_NOBODY = "is_for_nobody"
_FOR_PROGRAMS = "is_for_programs"
_NOT_KEPT = "is_of_this_request_alone"
_KEPT_AS_IT_IS = "is_kept_as_it_is"
_BESIDE = "schemas_beside"
_APART = "parts_shown"
_PATHS_REMEMBERED = 8192


def anonymous_page(**parameters: str) -> Callable[[View], View]:
    """Mark a view as cacheable for anonymous visitors. `parameters`: the query parameters that matter, with patterns.

    A value that doesn't match its pattern gets a 404.
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


def for_nobody(view: View) -> View:
    """Let an anonymous page be the same where somebody is logged in: whatever the browser brings along is left out.

    A frame on another website of the same domain brings its cookies along.
    """
    setattr(view, _FOR_NOBODY, True)
    return view


def for_programs(view: View) -> View:
    """Let an anonymous page be another one, which isn't kept, for people who open its address in a browser."""
    setattr(view, _FOR_PROGRAMS, True)
    return view


def is_opened_in_browser(request: HttpRequest) -> bool:
    """Whether somebody opened this address in a browser, which says so. Source: w3.org/TR/fetch-metadata."""
    return request.META.get("HTTP_SEC_FETCH_DEST") == "document"


SchemasOf = Callable[[Organization], tuple[str, ...]]
TurnOf = Callable[[Organization, datetime], datetime | None]


def showing_others(schemas_of: SchemasOf, next_turn_of: TurnOf) -> Callable[[View], View]:
    """Say of an anonymous page that it shows rows of other portals too, those of the schemas that `schemas_of` returns.

    It is asked before each look into the cache, so it must cost nothing once it is warm. `next_turn_of`: when what it
    shows of them changes by itself next; asked when the page is made.
    """

    def mark(view: View) -> View:
        setattr(view, _BESIDE, (schemas_of, next_turn_of))
        return view

    return mark


def showing_apart(*parts: str) -> Callable[[View], View]:
    """Say of an anonymous page that it shows these parts of the portal's contents, which most pages don't.

    Source: `shown_apart` of an AppConfig, see bandstand.database.shown_tables.
    """

    def mark(view: View) -> View:
        setattr(view, _APART, parts)
        return view

    return mark


def for_this_request_alone(response: HttpResponse) -> HttpResponse:
    """Keep the response out of the cache, and of search engines: invented parameter values have no end."""
    response["X-Robots-Tag"] = "noindex"
    setattr(response, _NOT_KEPT, True)
    return response


def kept_as_it_is(response: HttpResponse) -> HttpResponse:
    """Let a response that is no page, such as a redirect, be cached like one, with the Cache-Control that it has."""
    setattr(response, _KEPT_AS_IT_IS, True)
    return response


def _never(_organization: Organization, _after: datetime) -> None:
    return None


@dataclass(frozen=True)
class AnonymousPage:
    """Everything that identifies one cached page."""

    organization: Organization
    language: str
    path: str
    query: str
    scheme: str
    parts: tuple[str, ...] = ()  # what it shows that most pages of the portal don't
    beside: tuple[str, ...] = ()  # schemas of other portals whose rows it shows: its version is made of theirs, too
    next_turn_beside: TurnOf = _never

    @property
    def scopes(self) -> tuple[str, ...]:
        """What its version is made of, the portal's own first."""
        own = self.organization.schema_name
        return (own, *(scope(own, part) for part in self.parts), *self.beside)

    @property
    def shows_uncommitted_writes(self) -> bool:
        """Whether this thread is in a transaction that changed what it shows, and so sees what no one else can yet."""
        return not connection.writes.scopes.isdisjoint(self.scopes)

    @property
    def key(self) -> str:
        """The page's cache key, prefixed with the schema like every key."""
        of = self.organization
        made_by = (code_version(), settings_version(), settings.MEDIA_HOST)
        parts = (of.pk, of.name, of.slug, of.host, of.language, of.time_zone)
        text = "\0".join(map(str, (*made_by, *parts, self.language, self.scheme, self.path, self.query)))
        return f"{of.schema_name}:page:{hashlib.blake2b(text.encode(), digest_size=16).hexdigest()}"

    def clean(self, request: HttpRequest) -> None:
        """Remove from the request everything that isn't part of the page's identity."""
        request.META["QUERY_STRING"] = self.query
        request.GET = QueryDict(self.query)
        # The language has already been chosen, by cookie or header.
        request.COOKIES = {settings.LANGUAGE_COOKIE_NAME: self.language}
        request.META["HTTP_COOKIE"] = f"{settings.LANGUAGE_COOKIE_NAME}={self.language}"
        request.META.pop("HTTP_AUTHORIZATION", None)
        request.META["HTTP_HOST"] = self.organization.url("").partition("://")[2]

    def end_of_life(self, now: datetime) -> float:
        """Return until when the page, made at `now`, may be shown, in seconds since the epoch.

        That is the portal's next midnight, or the next moment at which something appears or ends by itself. Costs a
        query.
        """
        local = now.astimezone(ZoneInfo(self.organization.time_zone))
        midnight = datetime.combine(local.date() + timedelta(days=1), time(), local.tzinfo)
        turns = (next_turn(now), self.next_turn_beside(self.organization, now))
        return min([midnight, *filter(None, turns)]).timestamp()


def anonymous_page_of(request: HttpRequest) -> AnonymousPage | None:
    """Return the anonymous page that the request asks a portal for; None if the response may be personal."""
    if request.method not in {"GET", "HEAD"} or "HTTP_HX_REQUEST" in request.META:
        return None
    view = _view(request.path_info)
    parameters = getattr(view, _PARAMETERS, None)
    if parameters is None or (is_known(request) and not hasattr(view, _FOR_NOBODY)):
        return None
    if hasattr(view, _FOR_PROGRAMS) and is_opened_in_browser(request):
        return None
    query = _query(request, parameters)
    if query is None:
        return None
    organization: Organization = request.organization  # type: ignore[attr-defined]
    schemas_of, next_turn_of = getattr(view, _BESIDE, (None, _never))
    return AnonymousPage(
        organization,
        code_in(request.path_info) or visitors_language(request),
        request.path_info,
        query,
        request.scheme or "http",
        getattr(view, _APART, ()),
        schemas_of(organization) if schemas_of else (),
        next_turn_of,
    )


def may_be_kept(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Whether the response contains nothing specific to this visitor."""
    is_page = response.status_code == 200 and not response.has_header("Cache-Control")  # noqa: PLR2004
    return (
        (is_page or hasattr(response, _KEPT_AS_IT_IS))
        and isinstance(response, HttpResponse)
        and not response.cookies
        and not hasattr(response, _NOT_KEPT)
        and not request.META.get("CSRF_COOKIE_NEEDS_UPDATE")
        and not getattr(request, "_csp_nonce", None)
        and not getattr(getattr(request, "session", None), "modified", False)
        and not getattr(getattr(request, "_messages", None), "used", False)
    )


def is_known(request: HttpRequest) -> bool:
    """Whether the visitor has a session, a pending message, an Authorization header, or has unlocked this page."""
    if "HTTP_AUTHORIZATION" in request.META:
        return True
    cookies = request.META.get("HTTP_COOKIE")
    return bool(cookies) and not request.COOKIES.keys().isdisjoint(
        (settings.SESSION_COOKIE_NAME, "messages", UNLOCKED_COOKIE)
    )


@functools.lru_cache(_PATHS_REMEMBERED)
def _view(path: str) -> Callable[..., HttpResponseBase] | None:
    try:
        return resolve(path, urls_for(path)).func
    except Resolver404:
        return None


def _query(request: HttpRequest, parameters: dict[str, re.Pattern[str]]) -> str | None:
    """Return the relevant parameters in a fixed order; None if one has a value that no link of ours uses."""
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
    """Return a string that changes with the code: the release, or else the newest file's modification time."""
    if settings.RELEASE:
        return str(settings.RELEASE)
    folder = Path(__file__).parents[1]  # all of web
    return str(max(file.stat().st_mtime_ns for kind in ("*.py", "*.html", "*.mo") for file in folder.rglob(kind)))


@functools.cache
def settings_version() -> str:
    """Return a string that changes with the deployment's settings, of which pages show some."""
    said = json.dumps(dataclasses.asdict(settings.ENVIRONMENT), sort_keys=True, default=str)
    return hashlib.blake2b(said.encode(), key=settings.SECRET_KEY.encode()[:64], digest_size=9).hexdigest()
