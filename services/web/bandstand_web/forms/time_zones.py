"""A time zone in forms that are filled in every day: typed by its city, and suggested while typing.

A list of all six hundred is most of such a page. Sign-up and settings, where it is chosen once, have the list.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.urls import reverse

from bandstand.content.moments import Unreadable
from bandstand.organizations.time_zones import read_time_zone, time_zones_named
from bandstand_web.forms.known_rows import asking

LONGEST = 64


class TimeZoneInput(forms.TextInput):
    """A text field with the zones that may be meant."""

    template_name = "components/time_zone.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        into = f"{(attrs or {}).get('id') or name}-known"
        asked = {"dir": "auto", **asking(reverse("backstage:time_zones_known"), name, into)}
        return {**super().get_context(name, value, {**(attrs or {}), **asked}), "into": into}


class TypedTimeZoneField(forms.CharField):
    """The cleaned value is the zone's name. What is typed may be a city, if there is one of that name."""

    widget = TimeZoneInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=LONGEST, **kwargs)

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        found = time_zones_named(text)
        try:
            return found[0] if len(found) == 1 else read_time_zone(text)
        except Unreadable as problem:
            raise forms.ValidationError(str(problem), code="invalid_choice") from None
