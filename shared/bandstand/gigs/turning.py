"""When pages with gigs change by themselves, besides the moments that all kinds have."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import F, QuerySet

from bandstand.gigs.timing import IN_CALENDARS, LATEST_GRACE, LONGEST, OverAt

_DAY = timedelta(days=1)


def next_end(gigs: QuerySet[Any], after: datetime) -> QuerySet[Any]:
    """Return the query for the next moment at which a gig is over, if that is within a day.

    The moment itself counts, as the gig is still among the upcoming ones then.
    """
    near = gigs.filter(starts_at__gte=after - LONGEST - LATEST_GRACE, starts_at__lt=after + _DAY)  # by the index
    found: QuerySet[Any] = near.annotate(turn=OverAt()).filter(turn__gte=after).order_by("turn").values("turn")[:1]
    return found


def next_to_leave_calendars(gigs: QuerySet[Any], after: datetime) -> QuerySet[Any]:
    """Return the query for the next moment at which calendars no longer show a gig."""
    moment = models.ExpressionWrapper(F("starts_at") + IN_CALENDARS, output_field=models.DateTimeField())
    shown = gigs.filter(starts_at__gte=after - IN_CALENDARS).order_by("starts_at")  # by the index
    found: QuerySet[Any] = shown.annotate(turn=moment).values("turn")[:1]
    return found
