"""A gig's times in forms: people enter the venue's local time."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from bandstand.content.form_fields import ClockTimeField, shows
from bandstand.content.moments import Unreadable, place_in_zone
from bandstand.content.trashed_choices import KeepsTrashed
from bandstand.organizations.time_zones import known_time_zones


class LocalTimesForm(KeepsTrashed):
    """A gig form whose moments are in the time zone of the field `time_zone`."""

    clocks: ClassVar = ("starts_at", "doors_at", "ends_at", "on_sale_at")

    starts_at = ClockTimeField(label=_("Start"), help_text=_("Local time at the venue."))
    doors_at = ClockTimeField(label=_("Doors"), required=False, help_text=_("Local time at the venue."))
    ends_at = ClockTimeField(label=_("End"), required=False, help_text=_("Local time at the venue."))
    on_sale_at = ClockTimeField(
        label=_("On sale from"),
        required=False,
        help_text=_("Local time at the venue. Visitors see the ticket link from then on."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "precision" in self.fields:  # not where somebody only looks
            self.fields["precision"].required = False
        self._before: dict[str, datetime | None] = {}
        if self.instance.pk:
            moments = {name: getattr(self.instance, name) for name in self.clocks}
            self._before = {name: moment and moment.astimezone(self.instance.zone) for name, moment in moments.items()}
            self._zone_before = self.instance.time_zone
            for field, moment in self._before.items():
                self.initial[field] = moment.replace(tzinfo=None) if moment else None

    def clean_precision(self) -> str:
        """Take a form that doesn't say it, of the release before, for one with a time."""
        return str(self.cleaned_data["precision"] or self.instance.precision)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        name = values.get("time_zone", "")
        # Without a zone the form is refused, but its times are looked at like others: they need a clock, whichever.
        zone = name if name in known_time_zones() else "UTC"
        for field in self.clocks:
            if values.get(field):
                self._place(values, field, zone)
        return values

    def _place(self, values: dict[str, Any], field: str, zone: str) -> None:
        before = self._before.get(field)
        if before and zone == self._zone_before and shows(before, values[field]):
            values[field] = before  # keeps an unchanged time the same instant even if it is ambiguous
            return
        try:
            values[field] = place_in_zone(values[field], ZoneInfo(zone))
        except Unreadable as problem:
            self.add_error(field, str(problem))
