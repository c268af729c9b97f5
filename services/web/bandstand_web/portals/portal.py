"""The organization's accent colour as a style sheet, so that pages need no inline styles."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from bandstand.portals.presenting import portal_settings
from bandstand_web.query_values import number
from bandstand_web.requests import PortalRequest

_SHEET = """\
:root {{
  --accent: {light};
  --accent-ink: {light_lettering};
}}

@media (prefers-color-scheme: dark) {{
  :root {{
    --accent: {dark};
    --accent-ink: {dark_lettering};
  }}
}}
"""


@require_safe
def theme(request: PortalRequest) -> HttpResponse:
    """Send both accents; with the settings' version in `?v=` the response may be cached indefinitely."""
    settings = portal_settings(request.organization)
    sheet = _SHEET.format(
        light=settings.accent_light,
        light_lettering=settings.accent_light_lettering,
        dark=settings.accent_dark,
        dark_lettering=settings.accent_dark_lettering,
    )
    is_current = number(request, "v") == settings.version
    keep = "public, max-age=31536000, immutable" if is_current else "no-cache"
    return HttpResponse(sheet, content_type="text/css; charset=utf-8", headers={"Cache-Control": keep})
