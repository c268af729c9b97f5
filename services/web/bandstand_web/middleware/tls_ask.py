"""What a proxy asks before it gets a certificate for a name, as Caddy does with `on_demand_tls { ask … }`.

The answer comes out of the resolver's bounded memory: whoever makes up names costs no more than a visitor who does.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from bandstand_web.hosts import is_ours

GetResponse = Callable[[HttpRequest], HttpResponseBase]
PATH = "/tls-ask"
# A proxy adds one of these to what it passes on; its own question comes straight and has none.
_PASSED_ON = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED", "HTTP_VIA")


class TlsAskMiddleware:
    """`/tls-ask?domain=…`: 200 for the platform and hosts at which a portal answers, 404 for all others.

    The question must come from the machines beside us: what a proxy passed on from outside finds nothing here.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path != PATH or any(header in request.META for header in _PASSED_ON):
            return self.get_response(request)
        known = settings.CUSTOM_DOMAINS == "proxy" and is_ours(request.GET.get("domain", ""))
        return HttpResponse(
            "yes\n" if known else "no\n",
            status=200 if known else 404,
            content_type="text/plain",
            headers={"Cache-Control": "no-store"},
        )
