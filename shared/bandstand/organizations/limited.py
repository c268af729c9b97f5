"""Rows of which a plan allows so many: whoever makes one, by form, admin, import, copy or code, is kept to it here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, TypeVar

from django.db import models, transaction

from bandstand.organizations.plans import Limit
from bandstand.organizations.quotas import room_check, room_take

Row = TypeVar("Row", bound=models.Model)


class LimitedQuerySet(models.QuerySet[Row]):
    """Keeps `bulk_create`, which calls no `save()`, to the limit."""

    def bulk_create(self, objs: Iterable[Row], *args: Any, **kwargs: Any) -> list[Row]:
        """Store the rows, all or none. Raises LimitReachedError."""
        rows = list(objs)
        limit: Limit = self.model.limited_by  # type: ignore[attr-defined]
        with transaction.atomic(using=self.db):
            room_take(limit, len(rows))
            return super().bulk_create(rows, *args, **kwargs)


class Limited(models.Model):
    """A row that counts. The model says which limit it counts for; its managers are made of a LimitedQuerySet."""

    limited_by: ClassVar[Limit]

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store. Raises LimitReachedError for a new row that there is no room for."""
        if not self._state.adding:
            return super().save(*args, **kwargs)
        with transaction.atomic():
            room_take(self.limited_by)
            return super().save(*args, **kwargs)

    def clean(self) -> None:
        """Raise LimitReachedError for a new row that there is no room for, so that forms can say so."""
        super().clean()
        if self._state.adding:
            room_check(self.limited_by)
