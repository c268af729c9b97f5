"""Date and number columns whose bounds hold in forms, in `full_clean()` and in the database.

The field class declares the bounds; each model adds them as a constraint by `in_bounds()`. A test covers every date
and number of every model. Every accepted value can thus be read back, shown in every time zone and computed with.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, URLValidator
from django.db import models
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from bandstand.content import form_fields
from bandstand.content.moments import EARLIEST, FIRST_YEAR, LAST_YEAR, LATEST

EARLIEST_YEAR, LATEST_YEAR = 1600, 2200  # the oldest orchestra that still plays was founded in 1548; bands came later
LAST_POSITION = 10_000
MOST = 1_000_000_000  # as megabytes, its value in bytes still fits into a column
NOT_A_YEAR = format_lazy(_("Enter a year from {first} to {last}."), first=EARLIEST_YEAR, last=LATEST_YEAR)
_EASTERNMOST = timezone(timedelta(hours=14))  # where each year begins first


def validate_moment(value: datetime) -> None:
    """Raise ValidationError for a moment outside the supported years."""
    if not EARLIEST <= value < LATEST:
        raise ValidationError(
            _("Enter a date between the years %(first)s and %(last)s."),
            code="bounds",
            params={"first": str(FIRST_YEAR), "last": str(LAST_YEAR)},
        )


def validate_begun(value: int) -> None:
    """Raise ValidationError for a year that hasn't begun in any time zone."""
    if value > datetime.now(UTC).astimezone(_EASTERNMOST).year:
        raise ValidationError(_("This year is in the future."), code="future")


class Bounded(models.Field):  # type: ignore[type-arg] # it takes none at run time
    """A column with the bounds `least` and `most`; `excludes_most` makes the upper one exclusive."""

    least: Any
    most: Any
    excludes_most = False


class BoundedNumber(Bounded):
    """A whole number with bounds, which forms read by the one grammar."""

    def formfield(self, **kwargs: Any) -> Any:
        bounds = {"min_value": self.least, "max_value": self.most}
        return super().formfield(**{"form_class": form_fields.WholeNumberField, **bounds, **kwargs})


class MomentField(Bounded, models.DateTimeField):  # type: ignore[type-arg]
    """An instant in the years 1900 to 2200, whatever the time zone."""

    least, most, excludes_most = EARLIEST, LATEST, True
    default_validators = [validate_moment]

    def formfield(self, **kwargs: Any) -> Any:
        """Return a field that also reads dates as people write them, in the admin too."""
        if kwargs.get("form_class") is forms.SplitDateTimeField:  # the admin's, two inputs that accept one format only
            kwargs = {name: value for name, value in kwargs.items() if name not in {"form_class", "widget"}}
        return super().formfield(**{"form_class": form_fields.MomentField, **kwargs})


class YearField(Bounded, models.PositiveSmallIntegerField):  # type: ignore[type-arg]
    """A year in the range in which bands may exist."""

    least, most = EARLIEST_YEAR, LATEST_YEAR
    default_validators = [
        MinValueValidator(EARLIEST_YEAR, NOT_A_YEAR),
        MaxValueValidator(LATEST_YEAR, NOT_A_YEAR),
    ]

    def formfield(self, **kwargs: Any) -> Any:
        bounds = {"min_value": self.least, "max_value": self.most}
        messages = {"error_messages": {"min_value": NOT_A_YEAR, "max_value": NOT_A_YEAR}}
        return super().formfield(**{"form_class": form_fields.YearField, **bounds, **messages, **kwargs})


class PositionField(BoundedNumber, models.PositiveSmallIntegerField):  # type: ignore[type-arg]
    """A row's position in a list, the smallest first."""

    least, most = 0, LAST_POSITION
    default_validators = [MinValueValidator(0), MaxValueValidator(LAST_POSITION)]


class PercentField(BoundedNumber, models.PositiveSmallIntegerField):  # type: ignore[type-arg]
    """A share of a hundred."""

    least, most = 0, 100
    default_validators = [MinValueValidator(0), MaxValueValidator(100)]


class CountField(BoundedNumber, models.PositiveIntegerField):  # type: ignore[type-arg]
    """How many of something there may be."""

    least, most = 0, MOST
    default_validators = [MinValueValidator(0), MaxValueValidator(MOST)]


class LatitudeField(Bounded, models.DecimalField):  # type: ignore[type-arg]
    """Degrees north of the equator, to ten centimetres."""

    least, most = Decimal(-90), Decimal(90)
    default_validators = [MinValueValidator(least), MaxValueValidator(most)]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_digits": 9, "decimal_places": 6, **kwargs})


class LongitudeField(LatitudeField):
    """Degrees east of Greenwich, to ten centimetres."""

    least, most = Decimal(-180), Decimal(180)
    default_validators = [MinValueValidator(least), MaxValueValidator(most)]


class WebAddressField(models.URLField):  # type: ignore[type-arg]
    """A link that a browser may follow. The model adds `is_web_address()` for writes that bypass the forms."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        given = {"max_length": 500, "validators": [URLValidator(schemes=["http", "https"])]}
        super().__init__(*args, **{**given, **kwargs})

    def deconstruct(self) -> Any:
        """Describe it to migrations as the plain field that it was before it had a class."""
        name, _path, arguments, given = super().deconstruct()
        return name, "django.db.models.URLField", arguments, given


class BoundsConstraint(models.CheckConstraint):
    """Enforces a column's bounds for writes that bypass the forms."""

    def validate(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing, without a query: the field's validators have already checked it."""


class RowConstraint(models.CheckConstraint):
    """Enforces a rule over several columns for writes that bypass `clean()`, which says it at the field it is about."""

    def validate(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing, without a query: the model's `clean()` has already checked it."""


def not_before(later: str, earlier: str) -> models.Q:
    """A condition that also holds where one of the two is unknown."""
    return (
        models.Q(**{f"{later}__isnull": True})
        | models.Q(**{f"{earlier}__isnull": True})
        | models.Q(**{f"{later}__gte": models.F(earlier)})
    )


def in_bounds(field: str, kind: type[Bounded], *, name: str) -> BoundsConstraint:
    """Return the constraint for the column `field` of class `kind`; NULL is within any bounds."""
    below = "lt" if kind.excludes_most else "lte"
    condition = models.Q(**{f"{field}__gte": kind.least, f"{field}__{below}": kind.most})
    return BoundsConstraint(condition=condition, name=name)


def is_web_address(field: str, *, name: str) -> models.CheckConstraint:
    """Return the constraint for a WebAddressField: a scheme that a browser would run ("javascript:") is refused."""
    return models.CheckConstraint(
        condition=models.Q(**{field: ""})
        | models.Q(**{f"{field}__istartswith": "http://"})
        | models.Q(**{f"{field}__istartswith": "https://"}),
        name=name,
        violation_error_message=_("A link starts with https:// or http://."),
    )
