"""Object storage that doesn't answer: pages that need no file go on, the others say so."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from bandstand.media.storage import StorageAwayError
from bandstand_web.errors import storage_away

GetResponse = Callable[[HttpRequest], HttpResponseBase]
logger = logging.getLogger(__name__)


class StorageAwayMiddleware:
    """Answers 503 with a page where a view could neither read nor store a file."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        """Return the page for such an error, None for any other."""
        if not isinstance(problem, StorageAwayError):
            return None
        logger.error("object storage is away", exc_info=problem)
        return storage_away(request)
