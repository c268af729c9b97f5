"""Gigs that a calendar had and no longer has: whoever subscribed to it is told for some months.

Triggers write what was public of a gig when it was unpublished, put in the trash or deleted, for all calendars that
had it, and when a band left the line-up, or its tour or its town changed, for these alone. What a calendar has again is
left out when it is read. The gig itself says nothing here: its row may hold by now what nobody else is to know.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bandstand.content.appearing import next_of
from bandstand.content.identified import UUID7
from bandstand.content.one_moment import this_moment
from bandstand.gigs.timing import IN_CALENDARS, Timed
from bandstand.gigs.turning import next_to_leave_calendars

TOLD_FOR = timedelta(days=90)


class WithdrawnGigQuerySet(models.QuerySet["WithdrawnGig"]):
    """Vocabulary for what calendars are still told."""

    def in_calendar(self, of: UUID | None, now: datetime | None = None) -> WithdrawnGigQuerySet:
        """Those of the calendar of a band or a tour, or of the portal's for None: once for each town that it left."""
        return self._told(now).filter(calendar=of)

    def in_calendars(self, of: Collection[UUID]) -> WithdrawnGigQuerySet:
        """Those of any of these bands' calendars."""
        return self._told().filter(calendar__in=of)

    def each_once(self) -> WithdrawnGigQuerySet:
        """Each gig as it was last taken out."""
        return self.order_by("gig", "-sequence").distinct("gig")

    def _told(self, now: datetime | None = None) -> WithdrawnGigQuerySet:
        now = now or this_moment()
        return self.filter(withdrawn_at__gt=now - TOLD_FOR, starts_at__gte=now - IN_CALENDARS)

    def forget(self, now: datetime | None = None) -> int:
        """Delete those that nobody is told of any more; return how many."""
        return self.filter(withdrawn_at__lte=(now or timezone.now()) - TOLD_FOR).delete()[0]


class WithdrawnGig(Timed):
    """A gig that was taken back, as a calendar had it: once for the portal's, and for each band's and tour's.

    With the town in which it was: `?town=` asks for it.
    """

    is_exported = False

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    gig: models.UUIDField[UUID, UUID] = models.UUIDField(_("permanent identifier of the gig"))
    # Whose calendar had it: that of a band or a tour, or else of the portal.
    calendar: models.UUIDField[UUID | None, UUID | None] = models.UUIDField(
        _("permanent identifier of the band or tour"), null=True
    )
    starts_at = models.DateTimeField(_("start"))
    ends_at = models.DateTimeField(_("end"), null=True)
    precision = models.CharField(_("when"), max_length=5)
    time_zone = models.CharField(_("time zone"), max_length=64)
    town = models.CharField(_("town"), max_length=120)
    sequence = models.PositiveIntegerField()
    withdrawn_at = models.DateTimeField(_("withdrawn"))

    objects: ClassVar[WithdrawnGigQuerySet] = WithdrawnGigQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("withdrawn gig")
        verbose_name_plural = _("withdrawn gigs")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.gig)

    @classmethod
    def turns(cls, after: datetime) -> Iterator[models.QuerySet[WithdrawnGig]]:
        """Yield queries for the next moments at which calendars no longer tell one of these."""
        rows = cls.objects.order_by()
        yield next_of(rows, models.F("withdrawn_at") + models.Value(TOLD_FOR), after)
        yield next_to_leave_calendars(rows, after)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the place."""
        return ZoneInfo(self.time_zone)
