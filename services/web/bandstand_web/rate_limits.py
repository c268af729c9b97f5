"""Rate limits, as configured in ACCOUNT_RATE_LIMITS."""

from __future__ import annotations

from http import HTTPStatus
from typing import cast

from allauth.account import app_settings
from allauth.core.internal import ratelimit  # the public module ignores GET requests
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

_WAIT = "seconds_to_wait"
_REFUSED = "is_refused_by_a_limit"


def allows(request: HttpRequest, action: str, *, key: str | None = None) -> bool:
    """Return whether `action` is within its limit, and count it. GET requests count as well."""
    allowed = bool(ratelimit.consume(request, app="allauth.account", action=action, key=key, limit_get=True))
    if not allowed:
        rates = ratelimit.parse_rates(app_settings.RATE_LIMITS[action])
        setattr(request, _WAIT, min(int(rate.duration) for rate in rates))
    return allowed


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """Return the page for status 429; htmx gets a short text for its target instead."""
    if getattr(request, "htmx", False):
        return render(request, "errors/partials/too_many_requests.html", status=HTTPStatus.TOO_MANY_REQUESTS)
    return cast("HttpResponse", ratelimit.respond_429(request))


def refuse(request: HttpRequest) -> None:
    """Give this request's response status 429, whatever its page: the form itself shows the message."""
    setattr(request, _REFUSED, True)


def is_refused(request: HttpRequest) -> bool:
    """Return whether `refuse` was called for this request."""
    return bool(getattr(request, _REFUSED, False))


def seconds_to_wait(request: HttpRequest) -> int:
    """Return the seconds for the Retry-After header of a 429.

    Limits that `allows` didn't check are those of failed log-ins. Source: RFC 6585, 4; RFC 9110, 10.2.3.
    """
    return int(getattr(request, _WAIT, settings.AXES_COOLOFF_TIME.total_seconds()))
