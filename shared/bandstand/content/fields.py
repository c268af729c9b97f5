"""Columns that people write dates and numbers into: with bounds in forms, in `full_clean()` and in the database.

The bounds stand at the field's class; each model repeats them as a constraint, by `in_bounds()`. A test knows every
date and number of every model. What is accepted can thus be read back, shown on every clock and counted with.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from bandstand.content import form_fields
from bandstand.content.moments import EARLIEST, FIRST_YEAR, LAST_YEAR, LATEST

EARLIEST_YEAR, LATEST_YEAR = 1600, 2200  # the oldest orchestra that still plays was founded in 1548; bands came later
LAST_POSITION = 10_000
MOST = 1_000_000_000  # also of megabytes, of which the bytes still fit into a column
_EASTERNMOST = timezone(timedelta(hours=14))  # where each year begins


def validate_moment(value: datetime) -> None:
    """Raise ValidationError for what no clock shows in the years that we take."""
    if not EARLIEST <= value < LATEST:
        raise ValidationError(
            _("Enter a date between the years %(first)s and %(last)s."),
            code="bounds",
            params={"first": str(FIRST_YEAR), "last": str(LAST_YEAR)},
        )


def validate_begun(value: int) -> None:
    """Raise ValidationError for a year that hasn't begun anywhere."""
    if value > datetime.now(UTC).astimezone(_EASTERNMOST).year:
        raise ValidationError(_("This year is in the future."), code="future")


class Bounded(models.Field):  # type: ignore[type-arg] # it takes none at run time
    """A column with `least` and `most` (`most` isn't taken where `excludes_most`)."""

    least: Any
    most: Any
    excludes_most = False


class MomentField(Bounded, models.DateTimeField):  # type: ignore[type-arg]
    """An instant in the years 1900 to 2200, whatever the time zone."""

    least, most, excludes_most = EARLIEST, LATEST, True
    default_validators = [validate_moment]

    def formfield(self, **kwargs: Any) -> Any:
        """Return a field that reads what people write. Source: Django, Field.formfield()."""
        if kwargs.get("form_class") is forms.SplitDateTimeField:  # the admin's, two boxes that know one way of writing
            kwargs = {name: value for name, value in kwargs.items() if name not in {"form_class", "widget"}}
        return super().formfield(**{"form_class": form_fields.MomentField, **kwargs})


class YearField(Bounded, models.PositiveSmallIntegerField):  # type: ignore[type-arg]
    """A year in which there were, or may be, bands."""

    least, most = EARLIEST_YEAR, LATEST_YEAR
    default_validators = [MinValueValidator(EARLIEST_YEAR), MaxValueValidator(LATEST_YEAR)]

    def formfield(self, **kwargs: Any) -> Any:
        """Return a field for four digits. Source: Django, Field.formfield()."""
        bounds = {"min_value": self.least, "max_value": self.most}
        return super().formfield(**{"form_class": form_fields.YearField, **bounds, **kwargs})


class PositionField(Bounded, models.PositiveSmallIntegerField):  # type: ignore[type-arg]
    """A row's place among others, the smallest first."""

    least, most = 0, LAST_POSITION
    default_validators = [MinValueValidator(0), MaxValueValidator(LAST_POSITION)]

    def formfield(self, **kwargs: Any) -> Any:
        """Return a field for a whole number. Source: Django, Field.formfield()."""
        bounds = {"min_value": self.least, "max_value": self.most}
        return super().formfield(**{"form_class": form_fields.WholeNumberField, **bounds, **kwargs})


class CountField(Bounded, models.PositiveIntegerField):  # type: ignore[type-arg]
    """How many of something there may be."""

    least, most = 0, MOST
    default_validators = [MinValueValidator(0), MaxValueValidator(MOST)]

    def formfield(self, **kwargs: Any) -> Any:
        """Return a field for a whole number. Source: Django, Field.formfield()."""
        bounds = {"min_value": self.least, "max_value": self.most}
        return super().formfield(**{"form_class": form_fields.WholeNumberField, **bounds, **kwargs})


class BoundsConstraint(models.CheckConstraint):
    """Holds a column's bounds against whatever passes the forms by."""

    def validate(self, *args: Any, **kwargs: Any) -> None:
        """Ask the database nothing: the field's validators have said it already."""


def in_bounds(field: str, kind: type[Bounded], *, name: str) -> BoundsConstraint:
    """Return the constraint for the column `field` of class `kind`; nothing at all is within all bounds."""
    below = "lt" if kind.excludes_most else "lte"
    condition = models.Q(**{f"{field}__gte": kind.least, f"{field}__{below}": kind.most})
    return BoundsConstraint(condition=condition, name=name)
