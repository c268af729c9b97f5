"""Response headers that Django has no setting for."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponseBase

from bandstand_web.rate_limits import is_refused, seconds_to_wait

GetResponse = Callable[[HttpRequest], HttpResponseBase]
HEADERS = {
    # https://www.w3.org/TR/permissions-policy/: our pages need no browser feature but passkeys.
    "Permissions-Policy": ", ".join(
        f"{feature}=()"
        for feature in ("camera", "display-capture", "geolocation", "microphone", "midi", "payment", "serial", "usb")
    ),
    # https://fetch.spec.whatwg.org/#cross-origin-resource-policy-header
    "Cross-Origin-Resource-Policy": "same-origin",
    # https://www.w3.org/TR/reporting-1/: the endpoint that the Content Security Policy reports to.
    "Reporting-Endpoints": 'csp="/csp-reports/"',
    # Responses are private and uncached unless a view says otherwise.
    "Cache-Control": "private, no-store",
}


class HeadersMiddleware:
    """Adds HEADERS unless the view has set its own."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if is_refused(request) and response.status_code == HTTPStatus.OK:
            response.status_code = HTTPStatus.TOO_MANY_REQUESTS
        if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            response.headers.setdefault("Retry-After", str(seconds_to_wait(request)))
        return response
