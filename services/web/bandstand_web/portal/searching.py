"""Finding a band as somebody types."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from bandstand.bands.models import Band
from bandstand.bands.searching import QUERY_MAX_LENGTH, search_bands, search_words
from bandstand_web import rate_limits
from bandstand_web.portal.bands import with_next_gigs
from bandstand_web.portal.requests import PortalRequest

RESULTS_SHOWN = 48


class SearchForm(forms.Form):
    """What somebody looks for."""

    q = forms.CharField(required=False, max_length=QUERY_MAX_LENGTH, label=_("Band, genre, member or town"))


@require_safe
def search(request: PortalRequest) -> HttpResponse:
    """Show the bands that the query finds; to htmx only the part of the page that changes."""
    if not rate_limits.allows(request, "search"):
        return rate_limits.too_many_requests(request)
    form = SearchForm(request.GET)
    query = form.cleaned_data["q"] if form.is_valid() else ""
    bands = Band.objects.published().for_listing()
    found = list(search_bands(bands, query)[:RESULTS_SHOWN]) if search_words(query) else []
    status = 200 if form.is_valid() else 422
    template = "portal/partials/search_results.html" if request.htmx else "portal/search.html"
    response = render(request, template, {"query": query, "posters": with_next_gigs(found)}, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response
