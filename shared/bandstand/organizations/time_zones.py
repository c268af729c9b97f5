"""Time zones as people choose them."""

from __future__ import annotations

import functools
import re
import zoneinfo
from importlib import resources

_REGIONS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
# Where a language without a region most likely is; of others ("en", "es") nobody can tell.
_MAIN_COUNTRY = {tag: tag.upper() for tag in ("de", "fi", "fr", "hu", "it", "nl", "pl")}

Choice = tuple[str, str]


@functools.cache
def time_zone_choices() -> list[tuple[str, list[Choice]] | Choice]:
    """Return the choices of a time-zone field: UTC, then the zones of each region by city."""
    zones = sorted(zoneinfo.available_timezones())
    groups = [(region, [_choice(zone) for zone in zones if zone.startswith(f"{region}/")]) for region in _REGIONS]
    return [("UTC", "UTC"), *groups]


def likely_time_zone(accept_language: str) -> str:
    """Return the first zone of the country that an Accept-Language header names, or UTC.

    A guess that the visitor sees and can change. Source: IANA, zone.tab, which lists a country's main zone first.
    """
    for language in accept_language.split(","):
        tag = language.partition(";")[0].strip()
        region = re.fullmatch(r"([a-z]{2,3})(?:-[A-Z][a-z]{3})?-([A-Z]{2})", tag)
        country = region.group(2) if region else _MAIN_COUNTRY.get(tag, "")
        zone = _zone_by_country().get(country)
        if zone:
            return zone
    return "UTC"


def _choice(zone: str) -> Choice:
    return zone, zone.partition("/")[2].replace("_", " ").replace("/", ", ")


@functools.cache
def _zone_by_country() -> dict[str, str]:
    found: dict[str, str] = {}
    table = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    for line in table.splitlines():
        if line.startswith("#"):
            continue
        country, _coordinates, zone, *_comment = line.split("\t")
        found.setdefault(country, zone)
    return found
