"""Searching the whole portal while typing: all kinds of rows that visitors have a page of."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from bandstand.content.one_search import Found, search_among
from bandstand.content.plain_text import one_line
from bandstand.content.searched import Searched
from bandstand.content.searching import QUERY_MAX_LENGTH
from bandstand_web import rate_limits
from bandstand_web.pagecache.counting import note_nothing_found
from bandstand_web.query_values import choice, page_of
from bandstand_web.requests import PortalRequest
from bandstand_web.search.results import KindFilter, name_of, results, value_of, visitors_kinds

RESULTS_SHOWN = 20


@require_safe
def search(request: PortalRequest) -> HttpResponse:
    """Show what matches the query, of all kinds or of one; htmx gets only the part of the page that changes."""
    if not rate_limits.allows(request, "search"):
        return rate_limits.too_many_requests(request)
    kinds = {value_of(kind): kind for kind in visitors_kinds()}
    chosen = choice(request, "kind", kinds)
    typed = request.GET.get("q", "")
    query = one_line(typed[:QUERY_MAX_LENGTH])
    rows: list[Any] = [kind.found_by_visitors() for kind in kinds.values()]
    found = search_among(query, rows, for_visitors=True)
    keys: Any = found.keys(kinds.get(chosen))  # as a paginator takes it
    page: Any = page_of(request, keys, RESULTS_SHOWN)
    if not found.total:
        note_nothing_found(request, query)
    page.object_list = results(query, page.object_list, language=request.organization.language)
    context = {
        "wanted": query,
        "chosen": chosen,
        "filters": _filters(found, chosen, kinds.get(chosen)),
        "query": urlencode({"q": query}),
        "page": page,
        "query_max_length": QUERY_MAX_LENGTH,
    }
    status = HTTPStatus.OK if len(typed) <= QUERY_MAX_LENGTH else HTTPStatus.UNPROCESSABLE_ENTITY
    template = "search/portal/results.html" if request.htmx else "search/portal/page.html"
    response = render(request, template, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _filters(found: Found, chosen: str, kind: type[Searched] | None) -> list[KindFilter]:
    """Return what there is to choose from: kinds of which something was found, and the chosen one."""
    counts = dict(found.counts)
    if kind is not None:
        counts.setdefault(kind, 0)
    if len(counts) < 2 and not chosen:  # noqa: PLR2004 - there is nothing to choose
        return []
    each = [KindFilter(value_of(kind), name_of(kind), count) for kind, count in counts.items()]
    return [KindFilter("", _("All"), found.total), *each]
