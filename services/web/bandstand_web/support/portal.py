"""At the portal: logging in a member of the platform's staff, with an owner's consent, by a link from the platform."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib.auth import login
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from bandstand.accounts.client_address import client_address
from bandstand.support.visiting import BACKEND, VisitRefusedError, visit_begin, visit_behind, visit_proof
from bandstand_web.requests import PortalRequest

VISIT, PROOF = "support_visit", "support_proof"  # in the session


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def enter(request: PortalRequest) -> HttpResponse:
    """Say as whom the link logs in and until when, and do that once the button is pressed.

    The button keeps whatever opens links by itself from using the link up.
    """
    token = request.POST.get("token") or request.GET.get("token") or ""
    organization = request.organization
    try:
        if request.method == "POST":
            visit, user = visit_begin(token=token, organization=organization, ip_address=client_address(request))
            login(request, user, backend=BACKEND)
            request.session[VISIT], request.session[PROOF] = visit.pk, visit_proof(visit)
            request.session.set_expiry(visit.consent.expires_at)
            answer: HttpResponse = redirect("backstage:dashboard")
        else:
            visit = visit_behind(token=token, organization=organization)
            answer = render(request, "support/portal/enter.html", {"token": token, "visit": visit})
    except VisitRefusedError:
        answer = render(request, "support/portal/failed.html", status=HTTPStatus.FORBIDDEN)
    answer["Referrer-Policy"] = "same-origin"
    return answer
