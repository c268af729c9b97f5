"""Rejects oversized requests before any view reads them."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from bandstand.content.whole_numbers import whole_number
from bandstand_web.body_sizes import most_bytes
from bandstand_web.errors import too_large

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class BodySizeMiddleware:
    """Returns 413. Where no length was declared, `bandstand_web.receiving` counts the bytes and sets CONTENT_LENGTH."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        declared = request.META.get("CONTENT_LENGTH") or "0"
        limit = most_bytes(request.path)
        if (whole_number(declared) or 0) > limit:
            return too_large(request, limit)
        return self.get_response(request)
