"""The record of changes: who changed which row of content, when, and what of it. Only triggers write it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bandstand.content.changing import NAME_LENGTH

KEPT = timedelta(days=730)
# Of one row, this many changes are kept; the trigger keeps the texts of the newest LONG_TEXTS long ones.
MOST_OF_A_ROW = 1000
LONG_TEXTS = 30


class ChangeQuerySet(models.QuerySet["Change"]):
    """Vocabulary for changes."""

    def of(self, row: models.Model) -> ChangeQuerySet:
        """Those of this row and its parts, the newest first."""
        return self.of_kind(type(row)).filter(object_id=row.pk).order_by("-pk")

    def of_kind(self, model: type[models.Model]) -> ChangeQuerySet:
        """Those of the rows of `model`."""
        return self.filter(kind=model._meta.label_lower)  # noqa: SLF001 # documented by Django

    def newest(self, model: type[models.Model], pk: int) -> int:
        """Return the number of a row's newest change; 0 if it has none."""
        found = self.of_kind(model).filter(object_id=pk).aggregate(newest=models.Max("pk"))["newest"]
        return int(found or 0)

    def latest_of(self, model: type[models.Model], ids: Iterable[int]) -> dict[int, Change]:
        """Return the newest change of each of these rows by the row's id, in one query."""
        newest = self.of_kind(model).filter(object_id__in=list(ids)).only("object_id", "at", "by", "user_name")
        newest = newest.order_by("object_id", "-pk").distinct("object_id")
        return {change.object_id: change for change in newest}

    def prune(self) -> int:
        """Delete what is older than KEPT, and of each row what exceeds MOST_OF_A_ROW; return how many."""
        gone = self.filter(at__lt=timezone.now() - KEPT).delete()[0]
        crowded = self.values("kind", "object_id").annotate(count=models.Count("pk")).filter(count__gt=MOST_OF_A_ROW)
        for row in list(crowded.order_by()):
            of_row = self.filter(kind=row["kind"], object_id=row["object_id"])
            first_kept = of_row.order_by("-pk").values_list("pk", flat=True)[MOST_OF_A_ROW - 1]
            gone += of_row.filter(pk__lt=first_kept).delete()[0]
        return gone


class Change(models.Model):
    """One change of one row, or of a part of it. It has no foreign keys, so that it outlives what it is about."""

    class Action(models.TextChoices):
        ADDED = "added"
        CHANGED = "changed"
        DELETED = "deleted"

    class By(models.TextChoices):
        """Who or what made the change; empty if the code that did so said nothing."""

        PERSON = "person"
        IMPORT = "import"
        JOB = "job"
        SUPPORT = "support"
        STAFF = "staff"

    kind = models.CharField(max_length=100)
    object_id = models.BigIntegerField()
    part = models.CharField(max_length=100, blank=True, db_default="")
    part_id = models.BigIntegerField(null=True)
    action = models.CharField(max_length=10)
    at = models.DateTimeField(db_default=Now())
    act = models.BigIntegerField(db_default=0)  # the same for all that one request, job or transaction changed
    by = models.CharField(max_length=10, blank=True, db_default="")
    user_id = models.BigIntegerField(null=True)
    user_name = models.CharField(max_length=NAME_LENGTH, blank=True, db_default="")
    # {"town": ["Bonn", "Ulm"]}: before and after by column. Long texts that are no longer kept are null.
    fields = models.JSONField(default=dict)
    is_long = models.BooleanField(db_default=False)

    objects: ClassVar[ChangeQuerySet] = ChangeQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        ordering = ["-pk"]
        default_permissions = ()  # whoever may see a row may see its changes
        indexes = [models.Index(fields=["kind", "object_id", "id"], name="content_change_of_row")]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}: {self.action}"
