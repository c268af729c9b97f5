"""Shows the team, at its real address, what visitors don't see yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from bandstand.accounts.models import User
from bandstand_web.errors import READING
from bandstand_web.shell.previewing import Preview, may_see_draft, preview_page, row_at

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class PreviewsMiddleware:
    """Lets the view of a page show a draft to whoever may see it, whatever its kind.

    Visitors' requests cost nothing: without a session nothing is asked. Pages that are kept for everybody never come
    here with one.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Any, _args: Sequence[Any], _kwargs: Mapping[str, Any]
    ) -> HttpResponse | None:
        has_session = settings.SESSION_COOKIE_NAME in request.COOKIES
        if request.method not in READING or not has_session or not isinstance(request.user, User):
            return None
        row, match = row_at(request), request.resolver_match
        if row is None or match is None or row.is_public or not may_see_draft(request, row):
            return None
        return preview_page(request, Preview.of(row), match)
