"""Redirects visitors from a portal's other hosts to its primary one."""

from __future__ import annotations

import re
from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError

from bandstand.content.whole_numbers import whole_number
from bandstand.organizations.addresses import absolute_url
from bandstand.organizations.former_hosts import is_former_host
from bandstand.organizations.models import Organization
from bandstand_web.errors import READING, moved
from bandstand_web.hosts import split_sent

# Browsers and proxies may cache a permanent redirect indefinitely, but the organization may choose another host.
REMEMBERED_SECONDS = 3600
FORMER_REMEMBERED_SECONDS = 24 * 3600  # a former address seldom becomes the portal's again
# The team always works at the portal's address on the platform: sessions and passkeys belong to one host, passwords are
# never entered at a domain that may expire and be registered by someone else, and broken DNS doesn't lock the team out
# of the page that reports it.
# Secret addresses of calendars are never led to such a domain either.
TEAM_PATHS = ("/backstage/", "/accounts/", "/admin/", "/calendar/")
# Parts of pages, which are served at every host so that no page loads them from another one.
PARTS = ("/theme.css", "/media/")
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_SECRET = re.compile("csrf|password|token|code|credential", re.IGNORECASE)
# What programs post to, which don't follow redirects: RFC 8058, 3.1, forbids them for unsubscribing.
POSTED_BY_PROGRAMS = ("/mail/unsubscribe/", "/csp-reports/")
MOVED, MOVED_AS_IT_IS = 301, 308
RELATED_ORIGINS = "/.well-known/webauthn"


def redirect_to_primary(request: HttpRequest, organization: Organization, host: str) -> HttpResponse | None:
    """Return a redirect to the same page at its proper host; None if the request may stay at `host`.

    301 for GET and HEAD; 308 for everything else, which keeps method and body. At a former address a page says instead
    that what was sent isn't stored, because browsers don't follow from a form to a host that its page doesn't name.
    """
    is_former = is_former_host(host, organization)
    if is_former and request.path == RELATED_ORIGINS:
        return _related_origins(organization)
    is_for_the_team = request.path.startswith(TEAM_PATHS) or _is_seen_by_the_team(request, organization, host)
    if host == (organization.own_host if is_for_the_team else organization.host) or _is_answered_everywhere(request):
        return None
    if is_former and request.method not in READING:
        return moved(request, _page_around(request, organization, host), _texts(request, host))
    if is_former and "HTTP_HX_REQUEST" in request.META:
        return _lead_page_on(_page_around(request, organization, host))
    response = HttpResponse(status=MOVED if request.method in {"GET", "HEAD"} else MOVED_AS_IT_IS)
    response["Location"] = _present_url(request.get_full_path(), organization)
    response["Cache-Control"] = f"max-age={FORMER_REMEMBERED_SECONDS if is_former else REMEMBERED_SECONDS}"
    if is_former:
        response["Vary"] = "HX-Request"
    elif host == organization.own_host:
        response["Vary"] = "Cookie"  # the team stays
    return response


def _present_url(path: str, organization: Organization) -> str:
    return organization.team_url(path) if path.startswith(TEAM_PATHS) else organization.url(path)


def _is_seen_by_the_team(request: HttpRequest, organization: Organization, host: str) -> bool:
    """Whether this is the host where the team's sessions are, and one comes along: it sees drafts and "Edit" there."""
    return host == organization.own_host and settings.SESSION_COOKIE_NAME in request.COOKIES


def _is_answered_everywhere(request: HttpRequest) -> bool:
    return request.path.startswith(PARTS) or (request.method == "POST" and request.path.startswith(POSTED_BY_PROGRAMS))


def _related_origins(organization: Organization) -> JsonResponse:
    """Let the portal use the passkeys that were made at its former address. Source: W3C, WebAuthn Level 3, 5.11."""
    answer = JsonResponse({"origins": [absolute_url(organization.own_host, "")]})
    answer["Cache-Control"] = "no-cache"
    return answer


def _page_around(request: HttpRequest, organization: Organization, host: str) -> str:
    """Return the present URL of the page that the request was sent from; the home page if the browser doesn't say."""
    page = split_sent(request.headers.get("Referer", ""))
    if page.hostname != host:
        return organization.url()
    return _present_url(f"{page.path}?{page.query}" if page.query else page.path, organization)


def _lead_page_on(there: str) -> HttpResponse:
    """Make htmx load the whole page at its present address: its requests can't follow to another host."""
    answer = HttpResponse(status=HTTPStatus.NO_CONTENT)
    answer["HX-Redirect"] = there
    answer["Cache-Control"] = "no-store"
    return answer


def _texts(request: HttpRequest, host: str) -> list[str]:
    """Return what somebody typed into a form of this very host, without secrets, to be copied."""
    length = whole_number(request.headers.get("Content-Length") or "0") or 0
    is_form = request.content_type in _FORMS and length <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if not is_form or split_sent(request.headers.get("Origin", "")).hostname != host:
        return []
    try:
        fields = request.POST.lists()
    except (BadRequest, MultiPartParserError, SuspiciousOperation, UnreadablePostError):
        return []
    typed = (text.strip() for name, texts in fields if not _SECRET.search(name) for text in texts)
    return [text for text in typed if len(text) > 1]


def speak_for_itself_alone(response: HttpResponseBase, request: HttpRequest, host: str) -> None:
    """Set HSTS for an organization's own domain, without its subdomains, which aren't ours."""
    if settings.SECURE_HSTS_SECONDS and request.is_secure() and not host.endswith(f".{settings.BASE_DOMAIN}"):
        response.headers["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}"
