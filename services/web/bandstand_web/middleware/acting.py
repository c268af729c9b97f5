"""Records who a request acts for, for the security log and the record of changes."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from bandstand.accounts.auditing import actor_of, changer_of
from bandstand.audit.acting import acting
from bandstand.content.changing import changing_as

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class ActingMiddleware:
    """Binds the logged-in user as the actor; must come after AuthenticationMiddleware."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with acting(lambda: actor_of(request)), changing_as(lambda: changer_of(request)):
            return self.get_response(request)
