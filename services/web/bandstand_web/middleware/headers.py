"""Headers for every answer that Django has no setting for."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponseBase

from bandstand_web.rate_limits import is_refused, seconds_to_wait

GetResponse = Callable[[HttpRequest], HttpResponseBase]
HEADERS = {
    # https://www.w3.org/TR/permissions-policy/: no page of ours asks a visitor's machine for anything but a passkey.
    "Permissions-Policy": ", ".join(
        f"{feature}=()"
        for feature in ("camera", "display-capture", "geolocation", "microphone", "midi", "payment", "serial", "usb")
    ),
    # https://fetch.spec.whatwg.org/#cross-origin-resource-policy-header
    "Cross-Origin-Resource-Policy": "same-origin",
    # https://www.w3.org/TR/reporting-1/: the name that the Content Security Policy sends its reports to.
    "Reporting-Endpoints": 'csp="/csp-reports/"',
    # Whatever isn't said to be for everybody is for whoever asked, and stays in no cache.
    "Cache-Control": "private, no-store",
}


class HeadersMiddleware:
    """Adds HEADERS where a view set none of its own."""

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
