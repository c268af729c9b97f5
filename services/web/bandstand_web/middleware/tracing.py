"""Traces requests where a collector is set: method, route, audience and status, never what was asked or by whom."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponseBase

from bandstand import tracing
from bandstand_web.middleware.traffic import audience_of
from bandstand_web.pagecache.outcomes import outcome_of

GetResponse = Callable[[HttpRequest], HttpResponseBase]
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))


class TracingMiddleware:
    """Comes directly after TrafficMiddleware. A trace that a visitor's headers name isn't continued: they would decide
    which ones are kept, and write into others'."""

    def __init__(self, get_response: GetResponse) -> None:
        if not tracing.is_on():
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        method = request.method if request.method in _METHODS else "_OTHER"
        with tracing.step(method, "server", trace="") as step:
            response = self.get_response(request)
            match = request.resolver_match
            route = match.route if match else ""
            step.describe(
                {
                    "http.request.method": method,
                    "http.route": route,
                    "http.response.status_code": response.status_code,
                    "bandstand.audience": audience_of(request),
                },
                name=f"{method} {route}" if match else method,
            )
            if outcome := outcome_of(request):
                step.describe({"bandstand.page_cache": outcome})
            organization = getattr(request, "organization", None)
            step.concerns(organization.slug if organization else None)
            if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
                step.failed(str(response.status_code))
        return response
