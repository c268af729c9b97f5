"""Answers errors that no form or view reports, because any of them may meet them, with pages of their own."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from bandstand.encryption.keys import LostKeyError
from bandstand.media.storage import StorageAwayError
from bandstand.organizations.quotas import LimitReachedError
from bandstand_web.errors import limit_reached, lost_key, storage_away

GetResponse = Callable[[HttpRequest], HttpResponseBase]
logger = logging.getLogger(__name__)


class ExpectedErrorsMiddleware:
    """Returns 503 if object storage is away or a secret's key is lost, 422 if a plan's limit is reached.

    A limit gets here if, say, a concurrent request took the last place. Nothing was stored then.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        if isinstance(problem, LimitReachedError):
            return limit_reached(request, problem)
        if isinstance(problem, StorageAwayError):
            logger.error("object storage is away", exc_info=problem)
            return storage_away(request)
        if isinstance(problem, LostKeyError):
            logger.error("a secret can't be decrypted: put the former key into SECRET_KEY_FALLBACKS", exc_info=problem)
            return lost_key(request)
        return None
