"""Handles secrets that can't be decrypted, because SECRET_KEY was changed without keeping the former one."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from bandstand.encryption.keys import LostKeyError
from bandstand_web.errors import lost_key

GetResponse = Callable[[HttpRequest], HttpResponseBase]
logger = logging.getLogger(__name__)


class LostKeyMiddleware:
    """Returns a page that names the way out, if a view needed such a secret."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        if not isinstance(problem, LostKeyError):
            return None
        logger.error("a secret can't be decrypted: put the former key into SECRET_KEY_FALLBACKS", exc_info=problem)
        return lost_key(request)
