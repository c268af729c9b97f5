"""From the platform to the portal, logged in: both halves of the hand-over (see bandstand.organizations.handover)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from allauth.account.utils import perform_login
from csp.decorators import csp_update
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from bandstand.organizations.addresses import absolute_url
from bandstand.organizations.handover import (
    HandOverError,
    HandOverUnavailableError,
    hand_over_redeem,
    hand_over_token,
    new_state,
)
from bandstand.organizations.models import Organization
from bandstand_web.platform.owning import of_owners
from bandstand_web.requests import OwnerRequest, PortalRequest

View = TypeVar("View", bound=Callable[..., Any])

# The prefix binds the cookie to this very host: another portal, on a neighbouring subdomain, can't plant one.
STATE_COOKIE = "__Host-hand-over" if settings.SESSION_COOKIE_SECURE else "hand-over"
STATE_SECONDS = 5 * 60


def portal_entrance(organization: Organization) -> str:
    """Return the address that takes an owner, logged in on the platform, to the portal's backstage."""
    return organization.team_url(reverse("hand_over", urlconf=settings.ROOT_URLCONF))


def redirects_to_portals(view: View) -> View:
    """Let the forms of a view's pages lead on to a portal: browsers hold redirects to the page's `form-action`."""
    portals = absolute_url(f"*.{settings.BASE_DOMAIN}", path="")
    return cast("View", csp_update({"form-action": [portals]})(view))


@require_GET
@never_cache
def begin_or_finish(request: PortalRequest) -> HttpResponse:
    """At the portal: send the browser to the platform for a token; log in when it comes back with one."""
    token = request.GET.get("token")
    return _finish(request, token) if token else _begin(request)


def _begin(request: PortalRequest) -> HttpResponse:
    state = new_state()
    path = reverse("organization_hand_over", args=[request.organization.slug], urlconf=settings.PUBLIC_SCHEMA_URLCONF)
    answer = redirect(f"{settings.PUBLIC_URL}{path}?{urlencode({'state': state})}")
    answer.set_cookie(
        STATE_COOKIE,
        state,
        max_age=STATE_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=bool(settings.SESSION_COOKIE_SECURE),
    )
    return answer


def _finish(request: PortalRequest, token: str) -> HttpResponse:
    state = request.COOKIES.get(STATE_COOKIE, "")
    try:
        account = hand_over_redeem(token=token, organization=request.organization, state=state)
    except HandOverError:
        return render(request, "account/hand_over_failed.html", status=403)
    except HandOverUnavailableError:
        return render(request, "account/hand_over_failed.html", {"unavailable": True}, status=503)
    answer = cast("HttpResponse", perform_login(request, account, redirect_url=reverse("backstage:dashboard")))
    answer.delete_cookie(STATE_COOKIE)
    answer["Referrer-Policy"] = "same-origin"
    return answer


@require_GET
@never_cache
@login_required
@of_owners
def issue(request: OwnerRequest, organization: Organization) -> HttpResponse:
    """At the platform: send an owner back to the portal with a token."""
    path = reverse("hand_over", urlconf=settings.ROOT_URLCONF)
    try:
        token = hand_over_token(organization=organization, owner=request.user, state=request.GET.get("state", ""))
    except HandOverUnavailableError:
        log_in_url = organization.team_url(reverse("account_login", urlconf=settings.ROOT_URLCONF))
        context = {"organization": organization, "log_in_url": log_in_url}
        return render(request, "platform/hand_over_unavailable.html", context, status=503)
    answer = redirect(organization.team_url(f"{path}?{urlencode({'token': token})}"))
    answer["Referrer-Policy"] = "same-origin"
    return answer
