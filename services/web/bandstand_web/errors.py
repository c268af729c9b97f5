"""Responses to requests that reach no view, and Django's error handlers."""

from __future__ import annotations

import sys
from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.views import defaults

from bandstand.database.outages import Outage, outage_of
from bandstand.organizations.models import Organization
from bandstand.organizations.quotas import LimitReachedError

MAINTENANCE_LASTS = 300  # seconds, where nobody said until when
READING = ("GET", "HEAD", "OPTIONS")
_JSON = ("application/json", "application/problem+json")


def unknown_host(request: HttpRequest) -> HttpResponse:
    """Return 404 for a host name without a portal; touches no tenant."""
    return _page(request, "errors/unknown_host.html", 404, {"platform_url": settings.PUBLIC_URL})


def suspended(request: HttpRequest, organization: Organization) -> HttpResponse:
    """Return 503 for the portal of a suspended organization."""
    answer = _page(request, "errors/suspended.html", 503, {"name": organization.name})
    answer["Retry-After"] = "3600"
    return answer


def too_large(request: HttpRequest, limit: int) -> HttpResponse:
    """Return 413 for a request with more than `limit` bytes."""
    return _page(request, "errors/413.html", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {"limit": limit})


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Replace Django's handler400, which doesn't explain that a form was too large."""
    if isinstance(exception, RequestDataTooBig):
        return too_large(request, settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    return defaults.bad_request(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Replace Django's handler500, which takes an outage for a mistake: those of middleware end here."""
    thrown = sys.exc_info()[1]
    outage = outage_of(thrown) if thrown else None
    return unavailable(request, outage) if outage else defaults.server_error(request)


def unavailable(request: HttpRequest, outage: Outage) -> HttpResponse:
    """Return 503 for a request that needs what is away or refuses, as JSON if the client prefers it."""
    is_reading = request.method in READING
    if outage is Outage.FULL and is_reading:
        return storage_away(request)
    organization = getattr(request, "organization", None)
    if outage is Outage.NODE and organization is not None and _wants_page(request):
        return out_of_reach(request, organization)
    answer: HttpResponse
    if _prefers_json(request):
        text = gettext("We can't answer at the moment. Please try again in a minute.")
        answer = _problem(text)
    else:
        answer = _page(request, "errors/503.html" if is_reading else "errors/not_saved.html", 503, {})
    answer["Retry-After"] = "10"
    return answer


def crowded(request: HttpRequest, organization: Organization | None) -> HttpResponse:
    """Return 503 for a request that waited in vain while others of the same host took all the threads it may have."""
    if organization is not None and _wants_page(request):
        return out_of_reach(request, organization)
    return unavailable(request, Outage.AWAY)


def storage_away(request: HttpRequest) -> HttpResponse:
    """Return 503 for a request that needs a file while object storage is unavailable."""
    answer = _page(request, "errors/storage_away.html", 503, {})
    answer["Retry-After"] = "60"
    return answer


def lost_key(request: HttpRequest) -> HttpResponse:
    """Return 503 for a request that needs a secret that no key decrypts."""
    contact = settings.SUPPORT_CONTACT.removeprefix("mailto:")
    return _page(request, "errors/lost_key.html", 503, {"contact": contact})


def behind_proxy(request: HttpRequest) -> HttpResponse:
    """Return 403 for a form of this site that a proxy makes look like another site's."""
    return _page(request, "errors/behind_proxy.html", 403, {})


def support_over(request: HttpRequest) -> HttpResponse:
    """Return 403 for a session of support whose consent holds no longer."""
    return _page(request, "errors/support_over.html", 403, {})


def support_refused(request: HttpRequest) -> HttpResponse:
    """Return 403 for what support may not do in a portal."""
    return _page(request, "errors/support_refused.html", 403, {})


def limit_reached(request: HttpRequest, problem: LimitReachedError) -> HttpResponse:
    """Return 422 when a plan's limit is reached."""
    context = {"text": problem.messages[0]}
    return _page(request, "errors/limit_reached.html", HTTPStatus.UNPROCESSABLE_ENTITY, context)


def read_only(request: HttpRequest, organization: Organization) -> HttpResponse:
    """Return 503 for a write to a portal that is being moved, as JSON if the client prefers it."""
    answer: HttpResponse
    if _prefers_json(request):
        text = gettext("This portal is being moved and can't save anything for a moment. Please send it again.")
        answer = _problem(text)
    else:
        answer = _page(request, "errors/read_only.html", 503, {"name": organization.name})
    answer["Retry-After"] = "10"
    return answer


def moved(request: HttpRequest, there: str, texts: list[str]) -> HttpResponse:
    """Return 409 for a form sent to a portal's former address, with what was typed into it and the present address."""
    return _page(request, "errors/moved.html", HTTPStatus.CONFLICT, {"there": there, "texts": texts})


def out_of_reach(request: HttpRequest, organization: Organization) -> HttpResponse:
    """Return 503 for a portal whose cell or node can't be reached, or not in time."""
    answer = _page(request, "errors/out_of_reach.html", 503, {"name": organization.name})
    answer["Retry-After"] = "30"
    return answer


def maintenance(request: HttpRequest, organization: Organization) -> HttpResponse:
    """Return 503 for a portal whose schema isn't migrated for this code yet; other portals stay open."""
    answer = _page(request, "errors/maintenance.html", 503, {"name": organization.name})
    answer["Retry-After"] = "60"
    return answer


def under_maintenance(request: HttpRequest, until: datetime | None) -> HttpResponse:
    """Return 503 for a write while the platform is read-only, as JSON if the client prefers it."""
    seconds = int((until - timezone.now()).total_seconds()) if until else 0
    answer: HttpResponse
    if _prefers_json(request):
        answer = _problem(gettext("Nothing can be saved during maintenance. Please send it again later."))
    else:
        context = {"until": until if seconds > 0 else None}
        answer = _page(request, "errors/under_maintenance.html", 503, context)
    answer["Retry-After"] = str(seconds if seconds > 0 else MAINTENANCE_LASTS)
    return answer


def _wants_page(request: HttpRequest) -> bool:
    return request.method in READING and not _prefers_json(request)


def _prefers_json(request: HttpRequest) -> bool:
    return request.get_preferred_type(["text/html", *_JSON]) in _JSON


def _problem(text: str) -> JsonResponse:
    answer = JsonResponse(
        {"title": text, "status": 503}, status=HTTPStatus.SERVICE_UNAVAILABLE, content_type="application/problem+json"
    )
    answer["Cache-Control"] = "no-store"
    return answer


def _page(request: HttpRequest, template: str, status: int, context: dict[str, Any]) -> HttpResponse:
    with translation.override(translation.get_language_from_request(request)):
        text = render_to_string(template, {**context, "language": translation.get_language()})
    answer = HttpResponse(text, status=status)
    answer["Cache-Control"] = "no-store"
    answer["Vary"] = "Accept-Language"
    return answer
