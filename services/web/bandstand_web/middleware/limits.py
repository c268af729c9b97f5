"""What there is no room for, where no form says so: somebody else took the last place a moment ago."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from bandstand.organizations.quotas import LimitReachedError
from bandstand_web.errors import limit_reached

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class LimitsMiddleware:
    """Answers 422 with the limit's own sentence; nothing was stored."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        """Return the page for such an error, None for any other."""
        return limit_reached(request, problem) if isinstance(problem, LimitReachedError) else None
