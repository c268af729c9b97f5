"""Requests that no browser sends and no view should have to expect."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponseBase

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class MalformedMiddleware:
    """Answers 400 to a NUL in an address: PostgreSQL's text can hold none. Forms refuse it in their fields."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if "\0" in request.path or any("\0" in value for values in request.GET.lists() for value in values[1]):
            raise BadRequest("The address holds a NUL.")
        return self.get_response(request)
