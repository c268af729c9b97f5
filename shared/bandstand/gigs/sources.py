"""Where a gig comes from, if a calendar brought it."""

from __future__ import annotations

from typing import Any

from django.db import models

SOURCE_COLUMNS = ("source_id", "source_uid", "source_said")


class FromCalendar(models.Model):
    """A row that is an event of a calendar. What that said when it was last read tells apart who changed a field."""

    source = models.ForeignKey(
        "calendars.CalendarSource",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="gigs",
        db_index=False,  # the constraint has one
    )
    source_uid = models.CharField(max_length=255, blank=True, default="", db_default="", editable=False)
    source_said: models.JSONField[dict[str, Any] | None, dict[str, Any] | None] = models.JSONField(
        null=True, blank=True, editable=False
    )

    class Meta:
        abstract = True


def source_constraints(name: str) -> list[models.BaseConstraint]:
    """Return the constraints of a model that is FromCalendar; their names begin with `name`."""
    return [
        models.UniqueConstraint(
            fields=["source", "source_uid"], condition=models.Q(source__isnull=False), name=f"{name}_once_of_a_calendar"
        )
    ]
