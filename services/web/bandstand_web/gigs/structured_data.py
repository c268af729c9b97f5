"""Gigs for search engines. Source: https://schema.org/MusicEvent."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

from django.utils.safestring import SafeString

from bandstand.content.rendering import plain_text
from bandstand.gigs.models import Gig
from bandstand.gigs.showing_times import gig_time
from bandstand.gigs.statuses import Status
from bandstand.organizations.models import Organization
from bandstand_web.shell.structured_data import json_ld

_SCHEMA = "https://schema.org/"
_STATES = {Status.CANCELLED: "EventCancelled", Status.POSTPONED: "EventPostponed"}
Values = dict[str, Any]


def music_event(
    gig: Gig, *, base: str, organization: Organization, new_date: Gig | None = None, former: Gig | None = None
) -> SafeString:
    """Return the JSON-LD for `gig` (from `for_page()`), safe in a script element.

    `new_date`: the gig that takes its place; `former`: the one whose place it takes. Visitors see both.
    """
    when = new_date or gig
    state = "EventRescheduled" if new_date or former else _STATES.get(Status(gig.status), "EventScheduled")
    before = gig if new_date else former
    picture = gig.shown_poster
    return json_ld(
        {
            "@type": "MusicEvent",
            "name": gig.headline,
            "url": urljoin(base, gig.get_absolute_url()),
            "description": plain_text(gig.notes, language=gig.language_of("notes")) if gig.notes else "",
            "image": urljoin(base, picture.url) if picture and picture.url else "",
            "startDate": gig_time(when, "machine") if when.has_day else "",
            "endDate": _end(when),
            "previousStartDate": gig_time(before, "machine") if before and before.has_day else "",
            "doorTime": gig_time(when, "machine", doors=True),
            "eventStatus": f"{_SCHEMA}{state}",
            "eventAttendanceMode": f"{_SCHEMA}OfflineEventAttendanceMode",
            "location": _location(gig),
            "performer": [
                _said(
                    {
                        "@type": "MusicGroup",
                        "name": band.name,
                        "url": urljoin(base, band.get_absolute_url()),
                        "image": urljoin(base, band.poster.url) if band.poster and band.poster.url else "",
                    }
                )
                for band in gig.line_up
            ],
            "organizer": {"@type": "Organization", "name": organization.name, "url": base},
            "offers": _offers(gig),
            "isAccessibleForFree": gig.is_free,
            "typicalAgeRange": f"{gig.age_limit}-" if gig.age_limit else "",
        }
    )


def _said(values: Values) -> Values:
    """Return the values that aren't empty."""
    return {name: value for name, value in values.items() if value not in ("", None)}


def _end(gig: Gig) -> str:
    if gig.local_end is None or not gig.has_day:
        return ""
    return gig.local_end.isoformat() if gig.has_time else f"{gig.local_end:%Y-%m-%d}"


def _location(gig: Gig) -> Values | None:
    """Return where it is; None for a private event."""
    if not gig.venue:
        return None
    place = gig.place
    address = {
        "@type": "PostalAddress",
        "streetAddress": gig.address or (place.street if place else ""),
        "postalCode": place.postcode if place else "",
        "addressLocality": gig.town,
        "addressCountry": place.country.code if place else "",
    }
    venue: Values = {"@type": "MusicVenue", "name": gig.venue, "address": _said(address)}
    if place is not None and place.latitude is not None and place.longitude is not None:
        venue["geo"] = {
            "@type": "GeoCoordinates",
            "latitude": float(place.latitude),
            "longitude": float(place.longitude),
        }
    if place is not None and place.website:
        venue["sameAs"] = place.website
    return venue


def _offers(gig: Gig) -> Values | None:
    """Return what tickets cost and where they are; None where nothing is known of it, or nobody gets in any more."""
    amounts = {"price": _amount(gig.price_from)}
    if gig.price_to is not None and gig.price_to != gig.price_from:
        amounts = {"lowPrice": _amount(gig.price_from), "highPrice": _amount(gig.price_to)}
    if gig.is_free:
        amounts = {"price": "0"}
    if not (gig.ticket_url or gig.is_free or gig.price_from is not None) or not gig.takes_place:
        return None
    sale = gig.on_sale_at.astimezone(gig.zone).isoformat() if gig.on_sale_at else ""
    available = "SoldOut" if gig.status == Status.SOLD_OUT else "InStock"
    return _said(
        {
            "@type": "AggregateOffer" if "lowPrice" in amounts else "Offer",
            "url": gig.ticket_url,
            **amounts,
            "priceCurrency": gig.currency,
            "availability": f"{_SCHEMA}{available}",
            "validFrom": sale,
        }
    )


def _amount(amount: Any) -> str:
    return f"{amount:.2f}" if amount is not None else ""
