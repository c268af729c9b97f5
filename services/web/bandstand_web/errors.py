"""Answers to requests that reach no view, and the pages of Django's error handlers."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation

from bandstand.organizations.models import Organization


def unknown_host(request: HttpRequest) -> HttpResponse:
    """Return 404 for a host name at which nobody's portal is; touches no tenant."""
    return _page(request, "errors/unknown_host.html", 404, {"platform_url": settings.PUBLIC_URL})


def suspended(request: HttpRequest, organization: Organization) -> HttpResponse:
    """Return 503 for the portal of a suspended organization."""
    answer = _page(request, "errors/suspended.html", 503, {"name": organization.name})
    answer["Retry-After"] = "3600"
    return answer


def _page(request: HttpRequest, template: str, status: int, context: dict[str, str]) -> HttpResponse:
    with translation.override(translation.get_language_from_request(request)):
        text = render_to_string(template, {**context, "language": translation.get_language()})
    answer = HttpResponse(text, status=status)
    answer["Cache-Control"] = "no-store"
    answer["Vary"] = "Accept-Language"
    return answer
