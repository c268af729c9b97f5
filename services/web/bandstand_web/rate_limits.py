"""How often somebody may do what; the rates stand in ACCOUNT_RATE_LIMITS."""

from __future__ import annotations

from typing import cast

from allauth.core.internal import ratelimit  # the public module passes over GET requests
from django.http import HttpRequest, HttpResponse


def allows(request: HttpRequest, action: str, *, key: str | None = None) -> bool:
    """Return whether `action` may happen once more now, and count it. GET requests count as well."""
    return bool(ratelimit.consume(request, app="allauth.account", action=action, key=key, limit_get=True))


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """Return the page, with status 429, that asks for patience."""
    return cast("HttpResponse", ratelimit.respond_429(request))
