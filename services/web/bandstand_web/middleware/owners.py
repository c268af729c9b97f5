"""How owners log in is the platform's business: a portal's pages about it lead them there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from bandstand.accounts.models import User
from bandstand.organizations.addresses import absolute_url
from bandstand.organizations.owners import proves_at_platform

GetResponse = Callable[[HttpRequest], HttpResponseBase]
# Names of pages where people change or look at how they log in, or their beginnings.
_AT_THE_PLATFORM = ("account_email", "account_change_password", "account_set_password", "mfa_", "usersession")


class OwnersMiddleware:
    """Stands after AuthenticationMiddleware."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.path.startswith("/accounts/"):
            # A log-in leads from the portal to the platform and back, and browsers hold redirects to `form-action`.
            is_portal = request.organization is not None  # type: ignore[attr-defined]
            there = settings.PUBLIC_URL if is_portal else absolute_url(f"*.{settings.BASE_DOMAIN}", path="")
            return csp_update({"form-action": [there]})(self._answer(response))(request)
        return response

    @staticmethod
    def _answer(response: HttpResponseBase) -> GetResponse:
        return lambda _request: response

    def process_view(
        self, request: HttpRequest, _view: Any, _args: Any, kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Lead owners on from pages that aren't for them here."""
        name = (request.resolver_match and request.resolver_match.url_name) or ""
        is_one = name == "account_reauthenticate" or name.startswith(_AT_THE_PLATFORM)
        if not is_one or request.organization is None:  # type: ignore[attr-defined]
            return None
        if not isinstance(request.user, User) or not proves_at_platform(request.user):
            return None
        if name == "account_reauthenticate":
            return redirect(f"{reverse('hand_over_confirm')}?{urlencode({'next': request.GET.get('next', '')})}")
        if kwargs:  # one of a list, whose numbers are others there
            name = "mfa_index" if name.startswith("mfa_") else "usersessions_list"
        there = reverse(name, urlconf=settings.PUBLIC_SCHEMA_URLCONF)
        return redirect(f"{settings.PUBLIC_URL}{there}")
