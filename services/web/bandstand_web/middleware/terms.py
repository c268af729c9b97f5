"""Puts new versions of the platform's terms before owners."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from bandstand.accounts.models import User
from bandstand.terms.accepting import terms_outstanding
from bandstand_web.terms.platform import SHOWN, is_due

GetResponse = Callable[[HttpRequest], HttpResponseBase]
# Whoever doesn't accept may still take everything along, delete it, and withdraw what they allowed others.
STAY_OPEN = frozenset(
    {
        *("organization_export", "organization_delete"),
        *("organization_support_withdraw", "organization_transfer_withdraw"),
    }
)


class TermsMiddleware:
    """Puts new versions before owners at the platform: once before the date, and from then on first."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponseBase | None:
        name = (request.resolver_match and request.resolver_match.url_name) or ""
        if request.organization is not None or not name.startswith("organization") or name in STAY_OPEN:  # type: ignore[attr-defined]
            return None
        if not request.path.startswith("/organizations/") or not isinstance(request.user, User):
            return None
        outstanding = terms_outstanding(request.user)
        seen = request.session.get(SHOWN, [])
        is_new = request.method == "GET" and any(terms.pk not in seen for terms in outstanding)
        if not (is_due(outstanding) or is_new):
            return None
        there = request.get_full_path() if request.method == "GET" else reverse("organizations")
        return redirect(f"{reverse('terms_accept')}?{urlencode({'next': there}, safe='/')}")
