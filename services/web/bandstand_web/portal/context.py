"""What every template in a portal may ask for."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from bandstand.portals.presenting import portal_settings


def portal(request: HttpRequest) -> dict[str, Any]:
    """Return `portal`, the portal's settings (looks, addresses); nothing at the platform."""
    organization = getattr(request, "organization", None)
    return {"portal": SimpleLazyObject(lambda: portal_settings(organization))} if organization else {}
