"""Rows that say since when visitors see them, as news does."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from bandstand.content.one_moment import this_moment
from bandstand.content.publishable import Publishable


class Dated(Publishable):
    """A row whose date is when it appeared. Models have a field `created_at`, and leave `published_at` unrecorded."""

    published_at = models.DateTimeField(_("published on"), null=True, editable=False)

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store, with the moment since when visitors see it: a row that was unpublished gets a new one."""
        if not self.is_published:
            self.published_at = self.publish_at
        elif self.published_at is None:
            self.published_at = self.publish_at or this_moment()
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "published_at"}
        super().save(*args, **kwargs)

    @property
    def shown_since(self) -> datetime:
        """Since when visitors see it, or will; of a draft, when it was begun."""
        moment: datetime = self.published_at or self.publish_at or self.created_at  # type: ignore[attr-defined]
        return moment


def shown_since() -> Any:
    """Return the expression for `shown_since`: what SQL published has no date of its own."""
    return Coalesce("published_at", "publish_at", "created_at")
