"""A gig's times in forms: people type what a clock at the place shows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

_FORMAT = "%Y-%m-%dT%H:%M"


class ClockTimeField(forms.DateTimeField):
    """A date and a time without a zone, in the browser's own picker."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_FORMAT)

    def prepare_value(self, value: Any) -> Any:
        """Return `value` as it is: it is on the right clock already."""
        return value

    def to_python(self, value: Any) -> datetime | None:
        """Return what was typed, without a zone. Raises ValidationError."""
        # The super class puts the current zone on it: UTC, where every time exists, until the form knows the gig's.
        with timezone.override(UTC):
            moment = super().to_python(value)
        return moment.replace(tzinfo=None) if moment else None


class LocalTimesForm(forms.ModelForm):  # type: ignore[type-arg] # it takes none at run time
    """A form for gigs whose start and doors are on the clock of the field `time_zone`."""

    starts_at = ClockTimeField(label=_("Start"), help_text=_("On the clock of the place."))
    doors_at = ClockTimeField(label=_("Doors"), required=False, help_text=_("On the clock of the place."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["starts_at"] = _naive(self.instance.local_start)
            self.initial["doors_at"] = _naive(self.instance.local_doors)

    def clean(self) -> dict[str, Any]:
        """Return the values with both times made instants in the gig's zone."""
        values = super().clean() or self.cleaned_data
        name = values.get("time_zone", "")
        if name in available_timezones():
            for field in ("starts_at", "doors_at"):
                if values.get(field):
                    self._place(values, field, ZoneInfo(name))
        return values

    def _place(self, values: dict[str, Any], field: str, zone: ZoneInfo) -> None:
        moment = values[field].replace(tzinfo=zone)
        if moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != values[field]:
            self.add_error(field, _("Clocks are put forward that night: this time doesn't exist."))
        else:
            values[field] = moment


def _naive(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=None) if moment else None
