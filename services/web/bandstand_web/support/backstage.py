"""That support may come in, or is in, is shown on every page of the backstage, with a button that ends it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from bandstand.support.consenting import SupportStanding, consent_withdraw, standing_remembered
from bandstand.support.models import Visit
from bandstand.support.visiting import visit_leave
from bandstand_web.requests import TeamRequest
from bandstand_web.shell.access import ANY_ROLE, OWNERS, needs


@require_POST
@needs(ANY_ROLE)
def leave(request: TeamRequest) -> HttpResponse:
    """Log support out, if they press it. Nothing happens for the team."""
    visit: Visit | None = getattr(request.user, "visit", None)
    if visit is None:
        return redirect("backstage:dashboard")
    visit_leave(visit)
    logout(request)
    return redirect("/")


@require_POST
@needs(OWNERS)
def end(request: TeamRequest) -> HttpResponse:
    """Withdraw the consent."""
    if consent_withdraw(organization=request.organization):
        messages.success(request, _("Support access has been withdrawn. Whoever was logged in is out."))
    return redirect("backstage:dashboard")


def support(request: HttpRequest) -> dict[str, Any]:
    """Return what the backstage's frame shows of support access; asks nothing on pages that don't."""
    return {"support": SimpleLazyObject(lambda: _shown(request)), "support_of": settings.BASE_DOMAIN}


def _shown(request: HttpRequest) -> SupportStanding | dict[str, Any]:
    organization = getattr(request, "organization", None)
    return (standing_remembered(organization) if organization is not None else None) or {}
