"""As much of schema.org's vocabulary as portals use, with what each property may hold. Source: schema.org, version 29.

A value is a text ("text"), a date ("date"), a date of which the year is known ("year"), an address ("url"), a number,
yes or no, a term of schema.org, or a type.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

THING = {"name": "text", "url": "url", "description": "text", "image": "url", "sameAs": "url"}
EVENT = {
    "startDate": "date",
    "endDate": "date",
    "previousStartDate": "date",
    "doorTime": "date",
    "eventStatus": {"EventScheduled", "EventCancelled", "EventPostponed", "EventRescheduled", "EventMovedOnline"},
    "eventAttendanceMode": {"OfflineEventAttendanceMode"},
    "location": ["MusicVenue"],
    "performer": ["MusicGroup"],
    "organizer": ["Organization"],
    "offers": ["Offer", "AggregateOffer"],
    "isAccessibleForFree": "boolean",
    "typicalAgeRange": "text",
}
OFFER = {
    "price": "number",
    "priceCurrency": "currency",
    "availability": {"InStock", "SoldOut"},
    "validFrom": "date",
}
GROUP = {
    "genre": "text",
    "foundingDate": "year",
    "dissolutionDate": "year",
    "foundingLocation": ["Place"],
    "member": ["Person", "Organization"],
}
LIST = {"itemListElement": ["ListItem"], "numberOfItems": "number"}
POSTING = {
    "headline": "text",
    "identifier": "text",
    "mainEntityOfPage": "url",
    "datePublished": "date",
    "dateModified": "date",
    "inLanguage": "text",
    "author": ["Person", "Organization"],
    "publisher": ["Organization"],
    "keywords": "text",
    "about": ["MusicGroup"],
}
ADDRESS = ("streetAddress", "postalCode", "addressLocality", "addressCountry", "addressRegion")
TYPES: dict[str, dict[str, Any]] = {
    "MusicEvent": THING | EVENT,
    "MusicVenue": THING | {"address": ["PostalAddress"], "geo": ["GeoCoordinates"]},
    "PostalAddress": dict.fromkeys(
        ("streetAddress", "postalCode", "addressLocality", "addressCountry", "addressRegion"), "text"
    ),
    "GeoCoordinates": {"latitude": "number", "longitude": "number"},
    "MusicGroup": THING | GROUP,
    "Organization": THING | {"logo": "url"},
    "Place": THING | {"address": ["PostalAddress"]},
    "Person": THING,
    "ItemList": THING | LIST,
    "BreadcrumbList": THING | LIST,
    "ListItem": THING | {"position": "number", "item": "url"},
    "BlogPosting": THING | POSTING,
    "Offer": THING | OFFER,
    "AggregateOffer": THING | OFFER | {"lowPrice": "number", "highPrice": "number", "offerCount": "number"},
}


def faults(thing: Any, *, among: list[str], at: str = "") -> list[str]:
    """Return what isn't as the vocabulary has it."""
    if isinstance(thing, list):
        return [fault for each in thing for fault in faults(each, among=among, at=at)]
    kind = thing.get("@type") if isinstance(thing, dict) else None
    if kind not in among:
        return [f"{at} is {thing!r}, none of {among}"]
    found = []
    for name, value in thing.items():
        if name in {"@type", "@context"}:
            continue
        here = f"{at}.{name}"
        wanted = TYPES[kind].get(name)
        if wanted is None:
            found.append(f"{here} is no property of {kind}")
        elif isinstance(wanted, list):
            found += faults(value, among=wanted, at=here)
        elif not _is(value, wanted):
            found.append(f"{here} is {value!r}, no {wanted}")
    return found


def _is(value: Any, wanted: Any) -> bool:
    if isinstance(value, list):  # each property may be said more than once
        return bool(value) and all(_is(each, wanted) for each in value)
    if isinstance(wanted, set):
        return value in {f"https://schema.org/{term}" for term in wanted}
    if wanted == "boolean":
        return isinstance(value, bool)
    if wanted == "number":
        return isinstance(value, int | float) or bool(re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", str(value)))
    if wanted == "date":
        return _is_date(value)
    patterns = {"url": r"https?://\S+", "currency": "[A-Z]{3}", "year": "[0-9]{4}", "text": r"(?s).+"}
    return isinstance(value, str) and bool(re.fullmatch(patterns[wanted], value))


def _is_date(value: Any) -> bool:
    try:
        moment = datetime.fromisoformat(value)
        return moment.tzinfo is not None or date.fromisoformat(value) == moment.date()
    except (TypeError, ValueError):
        return False
