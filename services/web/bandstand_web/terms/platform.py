"""The platform's terms and privacy notice: reading them, and accepting new versions."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from bandstand.content.rendering import render_markdown
from bandstand.content.whole_numbers import whole_number
from bandstand.organizations.models import Organization
from bandstand.terms.accepting import terms_accept, terms_outstanding
from bandstand.terms.models import Terms
from bandstand_web.accounts.hand_over import redirects_to_portals
from bandstand_web.requests import OwnerRequest, PlatformRequest

SHOWN = "terms_shown"  # in the session: which versions were put before whoever is logged in


@require_safe
def document(request: PlatformRequest, name: str) -> HttpResponse:
    """Show the current version, or lead to it."""
    terms = Terms.objects.current().filter(document=name).first()
    if terms is None:
        raise Http404
    language = get_language()
    if link := terms.link(language):
        return redirect(link)
    text = render_markdown(terms.text(language), language=language or "")
    return render(request, "terms/platform/document.html", {"terms": terms, "text": text})


@never_cache
@login_required
@redirects_to_portals
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: OwnerRequest) -> HttpResponse:
    """Show the current versions that the account hasn't accepted; accept those that the form showed."""
    onward = _onward(request)
    if request.method == "POST":
        shown = (whole_number(value) for value in request.POST.getlist("version"))
        terms_accept(account=request.user, versions=[number for number in shown if number is not None])
    outstanding = terms_outstanding(request.user)
    if not outstanding:
        if request.method == "POST":
            messages.success(request, _("Thank you. That's noted."))
        return redirect(onward)
    request.session[SHOWN] = [terms.pk for terms in outstanding]
    language = get_language()
    context = {
        "versions": [(terms, terms.changes(language)) for terms in outstanding],
        "is_due": is_due(outstanding),
        "due_by": min(terms.accept_by for terms in outstanding),
        "onward": onward,
        "organizations": Organization.objects.owned_by(request.user).active(),
    }
    return render(request, "terms/platform/accept.html", context)


def documents(request: HttpRequest) -> dict[str, Any]:
    """Return `documents`, which the platform's footer links; asks nothing on pages that don't."""
    return {"documents": SimpleLazyObject(lambda: _documents(request))}


def _documents(request: HttpRequest) -> list[Terms]:
    if getattr(request, "organization", None) is not None:
        return []
    return list(Terms.objects.current().only("document", "version", "published_at"))


def is_due(outstanding: list[Terms]) -> bool:
    """Whether the date by which one of them had to be accepted is over."""
    return any(terms.accept_by <= timezone.now() for terms in outstanding)


def _onward(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(
        wanted, allowed_hosts=None, require_https=request.is_secure()
    )
    return wanted if is_ours else reverse("organizations")
