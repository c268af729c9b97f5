"""Form fields that read values as `bandstand.content.moments` and `bandstand.content.values` do."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.utils import timezone

from bandstand.content.moments import Unreadable, current_region, place_in_zone, read_date, read_local
from bandstand.content.values import read_whole_number, read_year

CLOCK_FORMAT = "%Y-%m-%dT%H:%M"  # as browsers' pickers want it
DAY_FORMAT = "%Y-%m-%d"


class ClockInput(forms.DateTimeInput):
    """The browser's own picker for day and time; where there is none, people type as they are used to."""

    input_type = "datetime-local"
    supports_microseconds = True  # so that an unchanged moment is told from one that was changed to the full second

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, CLOCK_FORMAT)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """Return what was sent; also in two parts, as programs that know Django's admin send it."""
        if name not in data and f"{name}_0" in data:
            return f"{data[f'{name}_0']} {data.get(f'{name}_1', '')}".strip()
        return super().value_from_datadict(data, files, name)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Whether neither was sent."""
        return name not in data and f"{name}_0" not in data


class ClockTimeField(forms.DateTimeField):
    """A day and a time without a zone, such as a clock shows them."""

    widget = ClockInput

    def prepare_value(self, value: Any) -> Any:
        """Return `value` as it is: it is on the right clock already."""
        return value

    def to_python(self, value: Any) -> datetime | None:
        """Return what was typed. Raises ValidationError."""
        if value in self.empty_values:
            return None
        return self.read(str(value))

    def read(self, text: str) -> datetime:
        """Return what `text` says. Raises ValidationError."""
        try:
            return read_local(text, region=current_region())
        except Unreadable as problem:
            raise forms.ValidationError(str(problem), code="invalid") from None


class MomentField(ClockTimeField):
    """An instant, on the clock of the current time zone. What is left as it was shown stays the same instant."""

    _before: datetime | None = None

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> forms.BoundField:
        """Return the bound field; remember which moment it shows, which may be the second of two equal local times."""
        before = form.get_initial_for_field(self, field_name)
        self._before = before if isinstance(before, datetime) and timezone.is_aware(before) else None
        return super().get_bound_field(form, field_name)

    def prepare_value(self, value: Any) -> Any:
        """Return an instant as the clock shows it."""
        return timezone.make_naive(value) if isinstance(value, datetime) and timezone.is_aware(value) else value

    def read(self, text: str) -> datetime:
        """Return the instant. Raises ValidationError."""
        zone = timezone.get_current_timezone()
        local = super().read(text)
        if self._before and shows(self._before.astimezone(zone), local):
            return self._before
        try:
            return place_in_zone(local, zone)
        except Unreadable as problem:
            raise forms.ValidationError(str(problem), code="invalid") from None

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether another moment is meant than the one that was shown."""
        try:
            return bool(self.to_python(data) != initial)
        except forms.ValidationError:
            return True


class DayField(forms.DateField):
    """A day, in the browser's own picker or typed."""

    widget = forms.DateInput(attrs={"type": "date"}, format=DAY_FORMAT)

    def to_python(self, value: Any) -> date | None:
        """Return the day. Raises ValidationError."""
        if value in self.empty_values:
            return None
        try:
            return read_date(str(value), region=current_region())
        except Unreadable as problem:
            raise forms.ValidationError(str(problem), code="invalid") from None


class WholeNumberField(forms.IntegerField):
    """A whole number within its bounds, which it always has."""

    def __init__(self, *, min_value: int = 0, max_value: int, **kwargs: Any) -> None:
        super().__init__(min_value=min_value, max_value=max_value, **kwargs)
        self.bounds = (min_value, max_value)

    def to_python(self, value: Any) -> int | None:
        """Return the number. Raises ValidationError."""
        if value in self.empty_values:
            return None
        least, most = self.bounds
        try:
            return read_whole_number(str(value), least=least, most=most)
        except Unreadable as problem:
            raise forms.ValidationError(str(problem), code="invalid") from None


class YearField(forms.IntegerField):
    """A year as four digits."""

    def to_python(self, value: Any) -> int | None:
        """Return the year. Raises ValidationError."""
        if value in self.empty_values:
            return None
        try:
            return read_year(str(value))
        except Unreadable as problem:
            raise forms.ValidationError(str(problem), code="invalid") from None


def shows(local: datetime | None, naive: datetime) -> bool:
    """Whether a picker that knows minutes shows `local` as `naive`."""
    return local is not None and local.replace(tzinfo=None, second=0, microsecond=0) == naive.replace(second=0)
