"""Where somebody is logged in, and how they end it there."""

from __future__ import annotations

from allauth.usersessions.internal import flows  # the public module ends all of them or none
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from bandstand.organizations.owners import owner_sessions_end
from bandstand_web.accounts.confirming import confirmed, confirmed_to_write
from bandstand_web.requests import OwnerRequest, TeamRequest


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed_to_write
def index(request: TeamRequest | OwnerRequest) -> HttpResponse:
    """List the sessions of whoever is logged in; by POST end all but this one."""
    if request.method == "POST":
        flows.sessions.end_other_sessions(request, request.user)
        if request.organization is None:
            owner_sessions_end(request.user)
        messages.success(request, _("You've been logged out everywhere else."))
        return redirect("usersessions_list")
    found = sorted(
        UserSession.objects.purge_and_list(request.user), key=lambda session: session.created_at, reverse=True
    )
    context = {"sessions": [(session, browser_name(session.user_agent)) for session in found]}
    return render(request, "usersessions/usersession_list.html", context)


@never_cache
@login_required
@require_POST
@confirmed
def end(request: TeamRequest | OwnerRequest, pk: int) -> HttpResponse:
    """End one session; this one too, which is a log-out."""
    session = get_object_or_404(UserSession, pk=pk, user=request.user)
    if request.organization is None:
        owner_sessions_end(request.user)  # it may have led to portals
    flows.sessions.end_sessions(request, [session])
    messages.success(request, _("That session has ended."))
    return redirect("usersessions_list")


def browser_name(user_agent: str) -> str:
    """Return what people call the browser behind a User-Agent header (RFC 9110, 10.1.5), as "Firefox, Windows"."""
    from ua_parser import parse  # noqa: PLC0415 # its rules cost every start a tenth of a second

    found = parse(user_agent)
    names = [part.family for part in (found.user_agent, found.os) if part]
    return ", ".join(names) or _("An unknown browser")
