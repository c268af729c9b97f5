"""The organization's colours as a style sheet, so that pages need no inline styles."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from bandstand.portals.presenting import portal_settings
from bandstand.portals.theme import theme_sheet
from bandstand_web.query_values import number
from bandstand_web.requests import PortalRequest


@require_safe
def theme(request: PortalRequest) -> HttpResponse:
    """Send the colours; with their version in `?v=` the response may be cached indefinitely."""
    settings = portal_settings(request.organization)
    is_current = number(request, "v") == settings.theme_version
    keep = "public, max-age=31536000, immutable" if is_current else "no-cache"
    sheet = theme_sheet(settings.palette)
    return HttpResponse(sheet, content_type="text/css; charset=utf-8", headers={"Cache-Control": keep})
