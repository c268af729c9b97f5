"""What was counted of visits to the portal: one row a day, and nothing of any one visitor."""

from __future__ import annotations

from datetime import date, timedelta
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

KEPT = timedelta(days=731)  # two years; docs and the page with the statistics say so


class CountKind(models.TextChoices):
    """What is counted, each by a key. Stored in rows, so names never change."""

    PAGE = "page", _("Pages")  # by path
    REFERRER = "referrer", _("Where visitors come from")  # by host
    SEARCH = "search", _("Searches without results")  # by what was searched for
    DOWNLOAD = "download", _("Downloads")  # by path
    FEED = "feed", _("Feeds and calendars")  # by path
    READER = "reader", _("Programs that read them")  # by the program's name
    SUBSCRIBERS = "subscribers", _("Subscribers, as programs say")  # by the program's name and the path
    EMBED = "embed", _("Shown on other websites")  # by path
    ROBOT = "robot", _("Robots")
    PREFETCH = "prefetch", _("Loaded ahead")


# How many keys a day keeps; the rest is added up under no key.
MOST_KEYS = {
    CountKind.PAGE: 200,
    CountKind.REFERRER: 50,
    CountKind.SEARCH: 50,
    CountKind.DOWNLOAD: 50,
    CountKind.FEED: 50,
    CountKind.READER: 20,
    CountKind.SUBSCRIBERS: 50,
    CountKind.EMBED: 50,
    CountKind.ROBOT: 1,
    CountKind.PREFETCH: 1,
}


class CountedDayQuerySet(models.QuerySet["CountedDay"]):
    def from_to(self, first: date, last: date) -> CountedDayQuerySet:
        """Those from `first` to `last`, both included, the oldest first."""
        return self.filter(day__gte=first, day__lte=last).order_by("day")

    def forget(self, today: date) -> int:
        """Delete what is older than two years; return how many days."""
        deleted, _by_model = self.filter(day__lt=today - KEPT).delete()
        return deleted


class CountedDay(models.Model):
    """A day by the portal's clock."""

    day = models.DateField(_("day"), primary_key=True)
    # By kind, then by key.
    counts: models.JSONField[dict[str, dict[str, int]], dict[str, dict[str, int]]] = models.JSONField(default=dict)
    batch = models.CharField(max_length=32, default="", editable=False)  # what was added last, so that it isn't twice

    objects: ClassVar[CountedDayQuerySet] = CountedDayQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("day of the statistics")
        verbose_name_plural = _("days of the statistics")
        ordering = ["-day"]
        default_permissions = ("view", "change", "delete")

    def __str__(self) -> str:
        return self.day.isoformat()
