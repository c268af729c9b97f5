"""Where bands were searched for before there was one search for everything."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Lead on to the search, for bands."""
    query = urlencode({"q": request.GET.get("q", ""), "kind": "band"})
    return redirect(f"{reverse('search')}?{query}", permanent=True)
