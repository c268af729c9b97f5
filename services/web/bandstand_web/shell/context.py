"""What every template in a portal may ask for."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from bandstand.portals.presenting import portal_settings


def portal(request: HttpRequest) -> dict[str, Any]:
    """Return `platform_host`, and in a portal `portal`, its settings (looks, addresses)."""
    context: dict[str, Any] = {"platform_host": settings.BASE_DOMAIN}
    if organization := getattr(request, "organization", None):
        previewed = getattr(request, "design_preview", None)
        context["portal"] = previewed.settings if previewed else SimpleLazyObject(lambda: portal_settings(organization))
    return context
