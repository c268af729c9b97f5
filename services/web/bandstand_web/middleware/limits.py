"""Handles plan limits that no form reports, e.g. when a concurrent request took the last place."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from bandstand.organizations.quotas import LimitReachedError
from bandstand_web.errors import limit_reached

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class LimitsMiddleware:
    """Returns 422 with the limit's message; nothing was stored."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        return limit_reached(request, problem) if isinstance(problem, LimitReachedError) else None
