"""Handles a database, cache or disk that is away or refuses: 503 and the time to try again, not an error."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from bandstand.database.outages import outage_of
from bandstand.settings.log_lines import words_of
from bandstand_web.errors import unavailable

GetResponse = Callable[[HttpRequest], HttpResponseBase]
logger = logging.getLogger(__name__)


class OutagesMiddleware:
    """Returns a 503 page if a view met an outage. What middleware meets ends in `errors.server_error`.

    Stands above AnonymousPagesMiddleware, which makes the page again if only the replica failed.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        """Return the page; None if it is a mistake. Source: Django's middleware."""
        outage = outage_of(problem)
        if outage is None:
            return None
        logger.warning("a request can't be answered: %s (%s)", outage.value, words_of(problem).strip())
        return unavailable(request, outage)
