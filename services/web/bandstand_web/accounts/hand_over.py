"""From the platform to the portal, logged in: both halves of the hand-over (see bandstand.organizations.handover)."""

from __future__ import annotations

import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from allauth.account.internal import flows
from allauth.account.utils import perform_login
from allauth.core.exceptions import ReauthenticationRequired
from csp.decorators import csp_update
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from bandstand.accounts import roles
from bandstand.organizations.addresses import absolute_url
from bandstand.organizations.handover import (
    HandOverError,
    HandOverUnavailableError,
    emergency_email,
    emergency_redeem,
    hand_over_redeem,
    hand_over_token,
    new_state,
)
from bandstand.organizations.models import Organization
from bandstand.portals.presenting import portal_settings
from bandstand_web.accounts import second_factors
from bandstand_web.accounts.confirming import proof_keep, proof_of
from bandstand_web.accounts.owning import of_owners
from bandstand_web.requests import OwnerRequest, PortalRequest, TeamRequest

View = TypeVar("View", bound=Callable[..., Any])

# The prefix binds the cookie to this very host: another portal, on a neighbouring subdomain, can't plant one.
STATE_COOKIE = "__Host-hand-over" if settings.SESSION_COOKIE_SECURE else "hand-over"
STATE_SECONDS = 15 * 60  # a log-in with a code from a phone may lie between
_SALT = "bandstand_web.accounts.hand_over"


def portal_entrance(organization: Organization) -> str:
    """Return the address that takes an owner, logged in on the platform, to the portal's backstage."""
    return organization.team_url(reverse("hand_over", urlconf=settings.ROOT_URLCONF))


def redirects_to_portals(view: View) -> View:
    """Let the forms of a view's pages lead on to a portal: browsers hold redirects to the page's `form-action`."""
    portals = absolute_url(f"*.{settings.BASE_DOMAIN}", path="")
    return cast("View", csp_update({"form-action": [portals]})(view))


def redirects_to_platform(view: View) -> View:
    """The same, for the forms of a portal's pages that lead on to the platform."""
    return cast("View", csp_update({"form-action": [settings.PUBLIC_URL]})(view))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def begin_or_finish(request: PortalRequest) -> HttpResponse:
    """At the portal: send the browser to the platform for a token; log in when it comes back with one.

    `next` is where it leads afterwards, `login` the address that somebody typed already; `prove` asks the platform to
    make sure once more who it is.
    """
    token = request.GET.get("token")
    return _finish(request, token) if token else _begin(request)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def emergency(request: PortalRequest) -> HttpResponse:
    """At the portal: say whom an operator's link logs in, and do that once the button is pressed.

    The button keeps whatever opens links by itself from using the link up, and people from another's account.
    """
    token = request.POST.get("token") or request.GET.get("token") or ""
    try:
        if request.method == "POST":
            account, proof = emergency_redeem(token=token, organization=request.organization)
        else:
            email = emergency_email(token=token, organization=request.organization)
    except HandOverError:
        return render(request, "account/emergency_failed.html", status=HTTPStatus.FORBIDDEN)
    except HandOverUnavailableError:
        return render(
            request, "account/emergency_failed.html", {"unavailable": True}, status=HTTPStatus.SERVICE_UNAVAILABLE
        )
    if request.method == "POST":
        answer = cast("HttpResponse", perform_login(request, account, redirect_url=reverse("backstage:dashboard")))
        proof_keep(request, account, proof)
    else:
        answer = render(request, "account/emergency.html", {"token": token, "email": email})
    answer["Referrer-Policy"] = "same-origin"
    return answer


@require_GET
@never_cache
@login_required
def confirm(request: TeamRequest) -> HttpResponse:
    """Tell an owner who has to prove again who they are where that is done, and lead there."""
    there = f"{reverse('hand_over')}?{urlencode({'prove': 1, 'next': _next(request)})}"
    return render(request, "account/confirm_at_platform.html", {"there": there})


@require_GET
@never_cache
@login_required
def resume(request: TeamRequest) -> HttpResponse:
    """Go on with what waited for the proof: a form that was sent, or a page."""
    return flows.reauthentication.resume_request(request) or redirect("backstage:dashboard")


def _begin(request: PortalRequest) -> HttpResponse:
    state = new_state()
    asked = {"state": state}
    if login := (request.POST.get("login") or request.GET.get("login") or "").strip():
        asked["login"] = login
    if request.GET.get("prove"):
        asked["prove"] = "1"
    if roles.OWNER in portal_settings(request.organization).second_factor_roles:
        asked["second_step"] = "1"
    path = reverse("organization_hand_over", args=[request.organization.slug], urlconf=settings.PUBLIC_SCHEMA_URLCONF)
    answer = redirect(f"{settings.PUBLIC_URL}{path}?{urlencode(asked)}")
    remembered = {"state": state, "next": _next(request), "prove": "prove" in asked}
    answer.set_cookie(
        STATE_COOKIE,
        signing.dumps(remembered, salt=_SALT),
        max_age=STATE_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=bool(settings.SESSION_COOKIE_SECURE),
    )
    return answer


def _finish(request: PortalRequest, token: str) -> HttpResponse:
    begun = _begun(request)
    try:
        account, proof = hand_over_redeem(
            token=token, organization=request.organization, state=str(begun.get("state", ""))
        )
    except HandOverError:
        return render(request, "account/hand_over_failed.html", status=HTTPStatus.FORBIDDEN)
    except HandOverUnavailableError:
        return render(
            request, "account/hand_over_failed.html", {"unavailable": True}, status=HTTPStatus.SERVICE_UNAVAILABLE
        )
    onward = str(begun.get("next") or reverse("backstage:dashboard"))
    if begun.get("prove") and request.user == account:
        # What waits for the proof stands in this session, so it goes on, under a new key.
        request.session.cycle_key()
        answer: HttpResponse = redirect(f"{reverse('hand_over_resume')}?{urlencode({'next': onward})}")
    else:
        answer = cast("HttpResponse", perform_login(request, account, redirect_url=onward))
    proof_keep(request, account, proof)
    answer.delete_cookie(STATE_COOKIE)
    answer["Referrer-Policy"] = "same-origin"
    return answer


def _begun(request: PortalRequest) -> dict[str, Any]:
    try:
        begun: dict[str, Any] = signing.loads(request.COOKIES.get(STATE_COOKIE, ""), salt=_SALT, max_age=STATE_SECONDS)
    except signing.BadSignature:
        return {}
    return begun


def _next(request: PortalRequest) -> str:
    """Return the page of this portal that `next` names; empty for any other."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None, require_https=request.is_secure())
    return wanted if is_ours else ""


@require_GET
@never_cache
def issue(request: OwnerRequest, slug: str) -> HttpResponseBase:
    """At the platform: send an owner back to the portal with a token; whoever isn't logged in does that first."""
    if not request.user.is_authenticated:
        asked = request.GET.copy()
        login = asked.pop("login", [""])[-1]
        here = f"{request.path}?{asked.urlencode()}" if asked else request.path
        there = {"next": here, **({"login": login} if login else {})}
        return redirect(f"{reverse('account_login')}?{urlencode(there, safe='/')}")
    return _issue(request, slug)


@of_owners
def _issue(request: OwnerRequest, organization: Organization) -> HttpResponse:
    proof = proof_of(request)
    if request.GET.get("prove") and time.time() - proof.proved_at > settings.ACCOUNT_REAUTHENTICATION_TIMEOUT:
        raise ReauthenticationRequired
    if request.GET.get("second_step") and not proof.has_second_step:
        return second_factors.lead_to_set_up(request)
    path = reverse("hand_over", urlconf=settings.ROOT_URLCONF)
    try:
        token = hand_over_token(
            organization=organization, owner=request.user, state=request.GET.get("state", ""), proof=proof
        )
    except HandOverUnavailableError:
        return render(
            request,
            "platform/hand_over_unavailable.html",
            {"organization": organization},
            status=HTTPStatus.SERVICE_UNAVAILABLE,
        )
    answer = redirect(organization.team_url(f"{path}?{urlencode({'token': token})}"))
    answer["Referrer-Policy"] = "same-origin"
    return answer
