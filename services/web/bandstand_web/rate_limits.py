"""How often somebody may do what; the rates stand in ACCOUNT_RATE_LIMITS."""

from __future__ import annotations

from typing import cast

from allauth.account import app_settings
from allauth.core.internal import ratelimit  # the public module passes over GET requests
from django.conf import settings
from django.http import HttpRequest, HttpResponse

_WAIT = "seconds_to_wait"


def allows(request: HttpRequest, action: str, *, key: str | None = None) -> bool:
    """Return whether `action` may happen once more now, and count it. GET requests count as well."""
    allowed = bool(ratelimit.consume(request, app="allauth.account", action=action, key=key, limit_get=True))
    if not allowed:
        rates = ratelimit.parse_rates(app_settings.RATE_LIMITS[action])
        setattr(request, _WAIT, min(int(rate.duration) for rate in rates))
    return allowed


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """Return the page, with status 429, that asks for patience."""
    return cast("HttpResponse", ratelimit.respond_429(request))


def seconds_to_wait(request: HttpRequest) -> int:
    """Return how many seconds whoever was refused with 429 should wait at least.

    Limits that `allows` didn't ask are those of failed log-ins. Source: RFC 6585, 4; RFC 9110, 10.2.3.
    """
    return int(getattr(request, _WAIT, settings.AXES_COOLOFF_TIME.total_seconds()))
