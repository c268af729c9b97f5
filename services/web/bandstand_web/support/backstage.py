"""That support may come in, or is in, is shown on every page of the backstage, with a button that ends it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from bandstand.support.consenting import Standing, consent_withdraw, standing_remembered
from bandstand.support.models import Visit
from bandstand.support.visiting import visit_leave
from bandstand_web.announcements.backstage import OWNERS
from bandstand_web.requests import TeamRequest
from bandstand_web.shell.access import ANY_ROLE, needs


@require_POST
@needs(ANY_ROLE)
def end(request: TeamRequest) -> HttpResponse:
    """Log support out, if they press it; withdraw the consent, if an owner does."""
    visit: Visit | None = getattr(request.user, "visit", None)
    if visit is not None:
        visit_leave(visit)
        logout(request)
        return redirect("/")
    if not request.user.has_perm(OWNERS):
        raise PermissionDenied
    if consent_withdraw(organization=request.organization):
        messages.success(request, _("Support access has been withdrawn. Whoever was logged in is out."))
    return redirect("backstage:dashboard")


def support(request: HttpRequest) -> dict[str, Any]:
    """Return what the backstage's frame shows of support access; asks nothing on pages that don't."""
    return {"support": SimpleLazyObject(lambda: _shown(request)), "support_of": settings.BASE_DOMAIN}


def _shown(request: HttpRequest) -> Standing | dict[str, Any]:
    organization = getattr(request, "organization", None)
    return (standing_remembered(organization) if organization is not None else None) or {}
