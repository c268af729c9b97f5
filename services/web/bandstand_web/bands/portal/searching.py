"""Searching for bands while typing."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from bandstand.bands.models import Band
from bandstand.content.plain_text import one_line
from bandstand.content.searching import QUERY_MAX_LENGTH, best_matches, search_words
from bandstand_web import rate_limits
from bandstand_web.bands.portal.pages import with_next_gigs
from bandstand_web.query_values import page_of
from bandstand_web.requests import PortalRequest

RESULTS_SHOWN = 48


@require_safe
def search(request: PortalRequest) -> HttpResponse:
    """Show the bands that match the query; htmx gets only the part of the page that changes."""
    if not rate_limits.allows(request, "search"):
        return rate_limits.too_many_requests(request)
    typed = request.GET.get("q", "")
    query = one_line(typed[:QUERY_MAX_LENGTH])
    bands = Band.objects.published().for_posters()
    found = best_matches(bands, query) if search_words(query) else Band.objects.none()
    page = page_of(request, found, RESULTS_SHOWN)
    context = {
        "wanted": query,
        "query": f"{urlencode({'q': query})}&",
        "page": page,
        "posters": with_next_gigs(list(page)),
        "query_max_length": QUERY_MAX_LENGTH,
    }
    status = 200 if len(typed) <= QUERY_MAX_LENGTH else 422
    template = "bands/portal/search_results.html" if request.htmx else "bands/portal/search.html"
    response = render(request, template, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response
