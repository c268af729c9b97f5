"""Confirms a new email address by code; parallel requests can't get around the limit on attempts."""

from __future__ import annotations

from typing import cast

from allauth.account import views
from allauth.account.internal.flows.email_verification_by_code import EMAIL_VERIFICATION_CODE_SESSION_KEY
from django.http import HttpRequest, HttpResponse

from bandstand_web import rate_limits
from bandstand_web.requests import PlatformRequest, PortalRequest


def confirm(request: PlatformRequest | PortalRequest) -> HttpResponse:
    """Run allauth's view, which counts attempts in the session, with the session locked for each POST.

    A request that loaded the session earlier could still overwrite the count, so each code has a rate limit too.
    """
    if request.method != "POST" or not request.session.session_key:
        return _view(request)
    with request.session.alone():
        waiting = request.session.get(EMAIL_VERIFICATION_CODE_SESSION_KEY) or {}
        is_guess = bool(waiting and request.POST.get("code"))
        if is_guess and not rate_limits.allows(request, "code", key=waiting["code"]):
            del request.session[EMAIL_VERIFICATION_CODE_SESSION_KEY]
            return rate_limits.too_many_requests(request)
        return _view(request)


def _view(request: HttpRequest) -> HttpResponse:
    return cast("HttpResponse", views.email_verification_sent(request))
