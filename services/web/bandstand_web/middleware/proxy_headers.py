"""Says in the log, once per process, that the reverse proxy in front loses what forms and links depend on."""

from __future__ import annotations

import logging
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponseBase

from bandstand.content.whole_numbers import whole_number
from bandstand.organizations.proxy_check import LET_HOST_THROUGH, LET_SCHEME_THROUGH

GetResponse = Callable[[HttpRequest], HttpResponseBase]
logger = logging.getLogger(__name__)


class ProxyHeadersMiddleware:
    """Comes before what redirects or changes the host, and never answers itself."""

    def __init__(self, get_response: GetResponse) -> None:
        if not settings.PUBLIC_URL.startswith("https://"):
            raise MiddlewareNotUsed
        self.get_response = get_response
        self._said: set[str] = set()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        remedy = _remedy(request)
        if remedy and remedy not in self._said:
            self._said.add(remedy)
            sent = request.META.get("HTTP_HOST", "")
            logger.warning(
                "a request for %s arrived as one for %s://%s: %s; `manage.py check_proxy` says more",
                settings.PUBLIC_URL,
                request.scheme,
                sent,
                remedy,
            )
        return self.get_response(request)


def _remedy(request: HttpRequest) -> str:
    """Return what to change at the proxy, if a browser's request to the platform shows that something is lost."""
    public, arrived = urlsplit(settings.PUBLIC_URL), request.META.get("HTTP_HOST", "").lower()
    # Browsers send it by HTTPS alone: https://www.w3.org/TR/fetch-metadata/#abstract. So a visitor who typed http://, a
    # probe, and whoever calls a pod by its address aren't mistaken for a proxy's fault.
    if "Sec-Fetch-Site" not in request.headers or arrived.partition(":")[0] != public.hostname:
        return ""
    if not request.is_secure():
        return LET_SCHEME_THROUGH
    return "" if _port(arrived) == (public.port or 443) else LET_HOST_THROUGH


def _port(host: str) -> int | None:
    """Return the port that a Host header by HTTPS names; None if it isn't one."""
    port = host.partition(":")[2]
    if not port:
        return 443
    return whole_number(port, most=65535)
