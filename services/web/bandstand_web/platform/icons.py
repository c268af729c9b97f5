"""The platform's icons and manifest."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from bandstand.portals.colour import LIGHT, palette
from bandstand.portals.models import DEFAULT_ACCENT
from bandstand_web import icons


@require_safe
def icon(request: HttpRequest, file: str) -> HttpResponse:
    """Send one of them; with their version in `?v=` it may be cached indefinitely."""
    is_current = request.GET.get("v") == icons.house_version()
    return icons.send_house_icon(file, cache_control=icons.LASTING if is_current else icons.PASSING)


@require_safe
def manifest(_request: HttpRequest) -> HttpResponse:
    """Send name, colours and icons, for whoever puts the platform on a home screen."""
    answer = icons.manifest(
        name="Bandstand",
        language=settings.LANGUAGE_CODE,
        version=icons.house_version(),
        background=LIGHT.paper,
        bar=palette(DEFAULT_ACCENT).light.bar,
    )
    answer["Cache-Control"] = icons.PASSING
    return answer
