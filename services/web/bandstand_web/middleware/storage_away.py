"""Handles unavailable object storage: pages that need no file keep working."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from bandstand.media.storage import StorageAwayError
from bandstand_web.errors import storage_away

GetResponse = Callable[[HttpRequest], HttpResponseBase]
logger = logging.getLogger(__name__)


class StorageAwayMiddleware:
    """Returns a 503 page if a view couldn't read or write a file."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        if not isinstance(problem, StorageAwayError):
            return None
        logger.error("object storage is away", exc_info=problem)
        return storage_away(request)
