"""Leads visitors of a row's former address on to its page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase

from bandstand.content.addressed import Addressed
from bandstand.content.former_addresses import FormerAddress
from bandstand.content.kinds import kinds_of
from bandstand.content.publishable import Publishable
from bandstand_web.pagecache.pages import kept_as_it_is

GetResponse = Callable[[HttpRequest], HttpResponseBase]
REMEMBERED_SECONDS = 24 * 3600


class FormerAddressesMiddleware:
    """Answers 301 where a page doesn't exist and a published row of the kind had this slug, whatever the kind.

    A page that exists costs nothing: this is asked only when a view raises Http404. What stands below the page, and its
    other forms ("….ics"), moves along.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        if not isinstance(problem, Http404) or request.method not in {"GET", "HEAD"}:
            return None
        slug = request.resolver_match.kwargs.get("slug", "") if request.resolver_match else ""
        path = next((path for model in _kinds() if (path := _present_path(model, slug, request.path_info))), None)
        if path is None:
            return None
        query = request.META.get("QUERY_STRING", "")
        response = HttpResponse(status=HTTPStatus.MOVED_PERMANENTLY)
        response["Location"] = f"{path}?{query}" if query else path
        response["Cache-Control"] = f"max-age={REMEMBERED_SECONDS}"
        return kept_as_it_is(response)


def _kinds() -> Iterator[Any]:
    """Yield the models whose rows have pages."""
    return (each for each in kinds_of(Addressed) if hasattr(each, "get_absolute_url"))


def _present_path(model: Any, slug: str, path: str) -> str | None:
    """Return where `path` is now, if it is a page of the kind with a former slug, or stands below one."""
    page = model(slug=slug).get_absolute_url().rstrip("/")
    rest = path.removeprefix(page)
    if not slug or rest == path or not rest.startswith(("/", ".")):
        return None
    former = FormerAddress.objects.of_kind(model).filter(slug=slug).values("object_id")
    rows = model.objects.reachable() if issubclass(model, Publishable) else model.objects.all()
    row = rows.filter(pk__in=former).first()
    return f"{row.get_absolute_url().rstrip('/')}{rest}" if row and row.is_led_on_to else None
