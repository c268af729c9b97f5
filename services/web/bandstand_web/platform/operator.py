"""What the platform's pages say of whoever runs it: only what is set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language, gettext

from bandstand.organizations.contact import Contact, support_contact
from bandstand_web.icons import house_version

FREE = "free"


@dataclass(frozen=True)
class Operator:
    """Prices in the reader's language, links, and whom to ask; each empty where it isn't set."""

    price: str
    prices_url: str
    legal_notice_url: str
    demo_url: str
    contact: Contact | None
    icons_version: str


def operator(request: HttpRequest) -> dict[str, Any]:
    """Return `operator` on the platform's pages."""
    if getattr(request, "organization", None) is not None:
        return {}
    said = Operator(
        price=_price(),
        prices_url=settings.PRICES_URL,
        legal_notice_url=settings.LEGAL_NOTICE_URL,
        demo_url=settings.DEMO_URL,
        contact=support_contact(),
        icons_version=house_version(),
    )
    return {"operator": said}


def _price() -> str:
    if settings.PRICE == FREE:
        return gettext("Nothing. Bandstand is free here.")
    is_german = (get_language() or "").startswith("de")
    return str((is_german and settings.PRICE_DE) or settings.PRICE)
