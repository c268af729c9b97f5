"""When a gig ends, how exactly its start is known, and so until when it may still go on."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from bandstand.content.fields import MomentField, RowConstraint, in_bounds

# A gig without an end stays among the upcoming ones while it may still go on.
USUAL_LENGTH = timedelta(hours=4)
LONGEST = timedelta(days=31)
# So long a past gig stays in the calendars that people subscribe to.
IN_CALENDARS = timedelta(days=365)
# What ends the next morning is still one evening.
_ONE_EVENING = timedelta(hours=18)


class Precision(models.TextChoices):
    """How exactly the start is known."""

    TIME = "time", _("Date and time")
    DAY = "day", _("Whole day")
    MONTH = "month", _("Date to be announced")


# How long after the end, or else the start, a gig may still go on.
_GRACE = {Precision.TIME: USUAL_LENGTH, Precision.DAY: timedelta(days=1), Precision.MONTH: LONGEST}
LATEST_GRACE = max(_GRACE.values())
_WITHOUT_TIME = (Precision.DAY, Precision.MONTH)


class Timed(models.Model):
    """A row with a start at a place, which may have an end. The model has `starts_at` and `zone`.

    What is shown of a whole day is the date alone, and of a date to be announced the month alone.
    """

    found_in_order_of: ClassVar[str] = "starts_at"

    ends_at: models.DateTimeField[datetime | None, datetime | None] = MomentField(_("end"), null=True, blank=True)
    precision = models.CharField(
        _("when"),
        max_length=5,
        choices=Precision,
        default=Precision.TIME,
        db_default=Precision.TIME,
        help_text=_("For a date to be announced, visitors see the month only."),
    )

    starts_at: models.DateTimeField[datetime, datetime]

    class Meta:
        abstract = True

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the place."""
        raise NotImplementedError

    @property
    def has_time(self) -> bool:
        """Whether there is a time to show."""
        return self.precision == Precision.TIME

    @property
    def has_day(self) -> bool:
        """Whether there is a day to show."""
        return self.precision != Precision.MONTH

    @property
    def local_start(self) -> datetime:
        """The start as a clock at the place shows it."""
        return self.starts_at.astimezone(self.zone)

    @property
    def local_end(self) -> datetime | None:
        """The end as a clock at the place shows it."""
        return self.ends_at.astimezone(self.zone) if self.ends_at else None

    @property
    def likely_end(self) -> datetime:
        """The end, or else a guess."""
        return self.ends_at or self.starts_at + USUAL_LENGTH

    @property
    def day_after(self) -> datetime:
        """A moment of the day after the last, where calendars end whole days. Source: RFC 5545, 3.6.1."""
        return (self.local_end or self.local_start) + timedelta(days=1)

    @property
    def over_at(self) -> datetime:
        """The moment from which on it is over."""
        if self.ends_at and self.has_time:
            return self.ends_at
        return (self.ends_at or self.starts_at) + _GRACE[Precision(self.precision)]

    @property
    def lasts_days(self) -> bool:
        """Whether it goes on over several days, rather than until the next morning."""
        end = self.local_end
        if end is None or end.date() <= self.local_start.date() or not self.has_day:
            return False
        return not self.has_time or end - self.local_start > _ONE_EVENING

    def validate_times(self) -> None:
        """Raise ValidationError for an end that isn't after the start, or too long after it."""
        if self.ends_at is None or self.starts_at is None:
            return
        if self.ends_at <= self.starts_at:
            raise ValidationError({"ends_at": _("The end has to be after the start.")})
        if self.ends_at - self.starts_at > LONGEST:
            raise ValidationError({"ends_at": _("A gig can't last longer than a month.")})


class OverAt(models.Func):
    """`Timed.over_at` as the database computes it.

    In one piece, as Django would take longer to put it together than PostgreSQL to find the rows of a page.
    """

    output_field = models.DateTimeField()

    def __init__(self) -> None:
        super().__init__("starts_at", "ends_at", "precision")

    def as_sql(self, compiler: Any, connection: Any, **_options: Any) -> tuple[str, tuple[()]]:  # type: ignore[override]
        starts, ends, precision = (compiler.compile(each)[0] for each in self.get_source_expressions())
        longer = " ".join(f"WHEN {precision} = '{each}' THEN {_interval(_GRACE[each])}" for each in _WITHOUT_TIME)
        usual = f"WHEN {ends} IS NULL THEN {_interval(_GRACE[Precision.TIME])} ELSE {_interval(timedelta())}"
        return f"(COALESCE({ends}, {starts}) + CASE {longer} {usual} END)", ()


def _interval(length: timedelta) -> str:
    return f"interval '{length.total_seconds():.0f} seconds'"


def timing_constraints(name: str) -> list[models.BaseConstraint]:
    """Return the constraints of a model that is Timed; their names begin with `name`."""
    is_later, is_near = (
        models.Q(ends_at__gt=models.F("starts_at")),
        models.Q(ends_at__lte=models.F("starts_at") + LONGEST),
    )
    return [
        RowConstraint(condition=models.Q(ends_at=None) | (is_later & is_near), name=f"{name}_ends_after_start"),
        RowConstraint(condition=models.Q(precision__in=Precision.values), name=f"{name}_precision_is_known"),
        in_bounds("ends_at", MomentField, name=f"{name}_ends_at_in_bounds"),
    ]
