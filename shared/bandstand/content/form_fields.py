"""Form fields that read values as `bandstand.content.moments` and `bandstand.content.values` do."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone

from bandstand.content.moments import Unreadable, current_region, place_in_zone, read_date, read_local
from bandstand.content.values import read_amount, read_whole_number, read_year

CLOCK_FORMAT = "%Y-%m-%dT%H:%M"  # the format of browsers' pickers
DAY_FORMAT = "%Y-%m-%d"
TIME_FORMAT = "%H:%M"


class ClockInput(forms.DateTimeInput):
    """The browser's own date and time picker; without one, people type the value in their usual format."""

    input_type = "datetime-local"
    supports_microseconds = True  # so that an unchanged value with microseconds isn't taken for a changed one

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, CLOCK_FORMAT)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """Return the submitted text, also from two fields as clients written for Django's admin send it."""
        if name not in data and f"{name}_0" in data:
            return f"{data[f'{name}_0']} {data.get(f'{name}_1', '')}".strip()
        return super().value_from_datadict(data, files, name)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data and f"{name}_0" not in data


class ClockTimeField(forms.DateTimeField):
    """A naive date and time."""

    widget = ClockInput

    def prepare_value(self, value: Any) -> Any:
        """Return `value` unchanged: it is in the right time zone already."""
        return value

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        return self.read(str(value))

    def read(self, text: str) -> datetime:
        """Return the date and time in `text`. Raises ValidationError."""
        try:
            return read_local(text, region=current_region())
        except Unreadable as problem:
            raise forms.ValidationError(str(problem), code="invalid") from None


class MomentField(ClockTimeField):
    """An instant, shown in the current time zone. A value left as shown stays the same instant."""

    _before: datetime | None = None

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> forms.BoundField:
        """Return the bound field, and remember the instant it shows, as a repeated local time is ambiguous."""
        before = form.get_initial_for_field(self, field_name)
        self._before = before if isinstance(before, datetime) and timezone.is_aware(before) else None
        return super().get_bound_field(form, field_name)

    def prepare_value(self, value: Any) -> Any:
        return timezone.make_naive(value) if isinstance(value, datetime) and timezone.is_aware(value) else value

    def read(self, text: str) -> datetime:
        """Return the instant that `text` names. Raises ValidationError."""
        zone = timezone.get_current_timezone()
        local = super().read(text)
        if self._before and shows(self._before.astimezone(zone), local):
            return self._before
        try:
            return place_in_zone(local, zone)
        except Unreadable as problem:
            raise forms.ValidationError(str(problem), code="invalid") from None

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether the value differs from the instant that was shown."""
        try:
            return bool(self.to_python(data) != initial)
        except forms.ValidationError:
            return True


class DayField(forms.DateField):
    """A date, picked in the browser's own picker or typed."""

    widget = forms.DateInput(attrs={"type": "date"}, format=DAY_FORMAT)

    def to_python(self, value: Any) -> date | None:
        if value in self.empty_values:
            return None
        try:
            return read_date(str(value), region=current_region())
        except Unreadable as problem:
            raise forms.ValidationError(str(problem), code="invalid") from None


class TimeOfDayInput(forms.TimeInput):
    """The browser's own picker of a time."""

    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, TIME_FORMAT)


class WholeNumberField(forms.IntegerField):
    """A whole number; unlike Django's field it always has bounds."""

    def __init__(self, *, min_value: int = 0, max_value: int, **kwargs: Any) -> None:
        super().__init__(min_value=min_value, max_value=max_value, **kwargs)
        self.bounds = (min_value, max_value)

    def to_python(self, value: Any) -> int | None:
        if value in self.empty_values:
            return None
        least, most = self.bounds
        try:
            return read_whole_number(str(value), least=least, most=most)
        except Unreadable as problem:
            raise forms.ValidationError(str(problem), code="invalid") from None


class AmountField(forms.CharField):
    """An amount of money, with a point or a comma."""

    def __init__(self, *, most: Decimal, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.most = most
        self.widget.attrs.setdefault("inputmode", "decimal")

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        try:
            return read_amount(str(value), most=self.most)
        except Unreadable as problem:
            raise forms.ValidationError(str(problem), code="invalid") from None

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether it is another amount, not only written otherwise."""
        try:
            return bool(self.to_python(data) != initial)
        except forms.ValidationError:
            return True


class YearField(forms.IntegerField):
    """A year as four digits."""

    def to_python(self, value: Any) -> int | None:
        if value in self.empty_values:
            return None
        try:
            return read_year(str(value))
        except Unreadable as problem:
            raise forms.ValidationError(str(problem), code="invalid") from None


def shows(local: datetime | None, naive: datetime) -> bool:
    """Whether a picker with minute precision shows `local` as `naive`."""
    return local is not None and local.replace(tzinfo=None, second=0, microsecond=0) == naive.replace(second=0)
