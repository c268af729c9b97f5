"""The platform's first page: what this is, for whom, and how it looks."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """Explain the product to somebody who looks after bands."""
    return render(request, "platform/landing.html")
