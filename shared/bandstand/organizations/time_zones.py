"""Time zones: choices for forms, parsing, and guesses for visitors."""

from __future__ import annotations

import functools
import re
import zoneinfo
from importlib import resources
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from bandstand.content.moments import DEFAULT_REGION, Unreadable

_REGIONS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
# The most likely country of a language without a region; for others ("en", "es") there is none.
_MAIN_COUNTRY = {tag: tag.upper() for tag in ("de", "fi", "fr", "hu", "it", "nl", "pl")}

# Countries where English dates have the month first, and where both orders are common.
_MONTH_FIRST_COUNTRIES = frozenset({"US", "AS", "GU", "MP", "PR", "UM", "VI"})
_EITHER_ORDER_COUNTRIES = frozenset({"CA", "PH"})
_NO_PLACES = frozenset({"Factory", "localtime", "posixrules"})

Choice = tuple[str, str]


@functools.cache
def known_time_zones() -> frozenset[str]:
    """Return the names of all time zones; read from disk once per process."""
    return frozenset(zoneinfo.available_timezones()) - _NO_PLACES


def read_time_zone(text: str) -> str:
    """Return the zone's name, ignoring case. Raises Unreadable."""
    zone = _zone_by_small_letters().get("_".join(text.split()).casefold())
    if zone is None:
        raise Unreadable(_("Choose a time zone from the list, such as Europe/Berlin."))
    return zone


def time_zones_named(city: str) -> list[str]:
    """Return the zones on the list whose city, in the current language or as zones write it, has this very name."""
    wanted = _folded(city)
    return [zone for zone, name in _listed_zones() if wanted in {_folded(name), _folded(zone.rpartition("/")[2])}]


def time_zones_with(typed: str, *, near: str) -> list[tuple[str, str]]:
    """Return zones on the list with `typed` in their names, and their cities, those of the region of `near` first."""
    wanted, region = _folded(typed), near.partition("/")[0]
    found = [(zone, name) for zone, name in _listed_zones() if wanted in f"{_folded(zone)} {_folded(name)}"]
    return sorted(found, key=lambda each: each[0].partition("/")[0] != region)


@functools.cache
def region_of(language: str, time_zone: str) -> str:
    """Return the region for `bandstand.content.moments`; for English, the zone's country decides.

    >>> region_of("en", "America/Chicago"), region_of("en", "Europe/Berlin"), region_of("de", "America/Chicago")
    ('en-US', 'en-GB', 'de')
    """
    if language.partition("-")[0] != "en":
        return language.partition("-")[0]
    country = _country_by_zone().get(time_zone, "")
    if country in _MONTH_FIRST_COUNTRIES or time_zone.startswith("US/"):
        return "en-US"
    if country in _EITHER_ORDER_COUNTRIES or time_zone.startswith("Canada/"):
        return "en-CA"
    return DEFAULT_REGION


class TimeZoneField(forms.ChoiceField):
    """A zone from the list, or the current one even if it isn't on the list, such as US/Eastern."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=time_zone_choices, **kwargs)

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> forms.BoundField:
        """Add the form's current zone to the choices."""
        given = form.get_initial_for_field(self, field_name)
        if given in known_time_zones() and not self.valid_value(given):
            self.choices = [*time_zone_choices(), (given, given)]
        return super().get_bound_field(form, field_name)


@functools.cache
def time_zone_choices() -> list[tuple[str, list[Choice]] | Choice]:
    """Return the choices of a time-zone field: UTC, then the zones of each region by city."""
    zones = sorted(known_time_zones())
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


def city_of(zone: str) -> str:
    """Return the English name of the city that a zone is named for; "UTC" for UTC."""
    return (zone.partition("/")[2] or zone).replace("_", " ").replace("/", ", ")


def _choice(zone: str) -> Choice:
    return zone, city_of(zone)


def _folded(text: str) -> str:
    return " ".join(text.replace("_", " ").split()).casefold()


def _listed_zones() -> list[Choice]:
    groups = time_zone_choices()
    return [choice for group in groups for choice in ([group] if isinstance(group[1], str) else group[1])]


@functools.cache
def _zone_by_small_letters() -> dict[str, str]:
    return {zone.casefold(): zone for zone in known_time_zones()}


@functools.cache
def _zone_by_country() -> dict[str, str]:
    found: dict[str, str] = {}
    for zone, country in _country_by_zone().items():
        found.setdefault(country, zone)
    return found


@functools.cache
def _country_by_zone() -> dict[str, str]:
    table = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    lines = [line.split("\t") for line in table.splitlines() if not line.startswith("#")]
    return {zone: country for country, _coordinates, zone, *_comment in lines}
