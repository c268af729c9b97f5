"""Handles the media host without portal pages, sessions or cookies."""

from __future__ import annotations

import logging
from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import resolve

from bandstand.database.connection import connection
from bandstand.media.storage import StorageAwayError
from bandstand.organizations.addresses import InvalidHostError
from bandstand.tenancy.resolution import listener
from bandstand_web.hosts import host_of
from bandstand_web.picture_files import POLICY
from bandstand_web.primary_host import speak_for_itself_alone

GetResponse = Callable[[HttpRequest], HttpResponseBase]
logger = logging.getLogger(__name__)

_HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Resource-Policy": "cross-origin",  # the pictures are embedded in pages on other hosts
    "X-Frame-Options": "DENY",
}
_WHO_ASKS = ("HTTP_COOKIE", "HTTP_AUTHORIZATION")
_KEPT_OF_ERRORS = ("Allow", "Retry-After")


class MediaHostMiddleware:
    """Comes before all middleware that reads or sets cookies, and bypasses it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not settings.MEDIA_HOST or not _is_for_media_host(request):
            return self.get_response(request)
        for header in _WHO_ASKS:
            request.META.pop(header, None)
        response = _answer(request)
        if response.status_code >= HTTPStatus.BAD_REQUEST and not response.streaming:
            response = _bare(response)
        response.cookies.clear()  # a response from another cell may contain some
        for name, value in _HEADERS.items():
            response.headers[name] = value
        speak_for_itself_alone(response, request, settings.MEDIA_HOST)
        return response


def _is_for_media_host(request: HttpRequest) -> bool:
    try:
        return host_of(request) == settings.MEDIA_HOST
    except InvalidHostError:
        return False  # rejected later, as on any host


def _answer(request: HttpRequest) -> HttpResponseBase:
    listener.ensure_running()
    connection.set_schema_to_public()
    request.urlconf = settings.MEDIA_URLCONF
    try:
        match = resolve(request.path_info, settings.MEDIA_URLCONF)
        response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
    except Http404:
        return HttpResponse(status=HTTPStatus.NOT_FOUND)
    except StorageAwayError:
        logger.exception("object storage is away")
        return HttpResponse(status=HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": "60"})
    return response


def _bare(response: HttpResponseBase) -> HttpResponse:
    """Return the error without a page: the client asked for a picture."""
    kept = {name: response.headers[name] for name in _KEPT_OF_ERRORS if name in response.headers}
    return HttpResponse(status=response.status_code, headers=kept, content_type="text/plain")
