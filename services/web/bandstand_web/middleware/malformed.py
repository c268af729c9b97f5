"""Rejects malformed requests that browsers never send, so that views don't have to."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponseBase

from bandstand_web.errors import bad_request

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class MalformedMiddleware:
    """Returns 400 for a NUL in the URL, which PostgreSQL's text can't hold, and for invalid JSON.

    Forms reject NULs in their fields themselves.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if "\0" in request.path or any("\0" in value for values in request.GET.lists() for value in values[1]):
            raise BadRequest("The address holds a NUL.")
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """Return 400 if a view failed to parse JSON: nested too deeply, or not JSON despite its content type."""
        is_nested = isinstance(exception, RecursionError) and _was_raised_by_json(exception)
        is_broken = isinstance(exception, json.JSONDecodeError) and "json" in (request.content_type or "")
        return bad_request(request, exception) if is_nested or is_broken else None


def _was_raised_by_json(exception: RecursionError) -> bool:
    *_outer, (innermost, _line) = traceback.walk_tb(exception.__traceback__)
    return str(innermost.f_globals.get("__name__")).startswith("json.")
