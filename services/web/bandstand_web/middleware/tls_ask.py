"""Answers a proxy that asks whether to get a certificate for a name, as Caddy does with `on_demand_tls { ask … }`.

Answers come from the resolver's bounded cache, so invented names cost no more than a visit to an unknown host.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from bandstand_web.hosts import is_ours

GetResponse = Callable[[HttpRequest], HttpResponseBase]
PATH = "/tls-ask"
# Proxies add one of these to forwarded requests; their own question arrives without any.
_PASSED_ON = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED", "HTTP_VIA")


class TlsAskMiddleware:
    """`/tls-ask?domain=…`: 200 for the platform and portals' hosts, 404 for all others.

    Only direct requests are answered, not those that a proxy forwarded from outside.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path != PATH or any(header in request.META for header in _PASSED_ON):
            return self.get_response(request)
        known = settings.CUSTOM_DOMAINS == "proxy" and is_ours(request.GET.get("domain", ""))
        return HttpResponse(
            "yes\n" if known else "no\n",
            status=HTTPStatus.OK if known else HTTPStatus.NOT_FOUND,
            content_type="text/plain",
            headers={"Cache-Control": "no-store"},
        )
