"""Rows that visitors see once they are published, at once or at a moment.

`is_published` alone says what older code shows, so a scheduled row has it false until a job sets it at the moment:
older code may show a row late, but never early. Everybody else asks by the vocabulary here.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.dispatch import Signal
from django.utils.translation import gettext_lazy as _

from bandstand.content.appearing import Appearing
from bandstand.content.fields import MomentField
from bandstand.content.kinds import kinds_of
from bandstand.content.one_moment import this_moment
from bandstand.content.previewing import or_previewed

Row = TypeVar("Row", bound="Publishable")

# Sent when scheduled rows have appeared, once for each row, in the transaction that publishes them. sender: the model;
# keys: the rows' primary keys.
appeared = Signal()


def visible(model: type[models.Model], *, through: str = "", now: datetime | None = None) -> models.Q:
    """Return the condition for rows of `model` that visitors see, or for a row related to one by `through`."""
    prefix = f"{through}__" if through else ""
    appeared_by_now = models.Q(**{f"{prefix}publish_at__lte": now or this_moment()})
    return or_previewed(models.Q(**{f"{prefix}is_published": True}) | appeared_by_now, model, through)


def hidden() -> models.Q:
    """Return the condition for rows that visitors see neither now nor later."""
    return models.Q(is_published=False, publish_at=None)


class PublishableQuerySet(models.QuerySet[Row]):
    """Vocabulary for what visitors see, and what they don't."""

    def published(self, now: datetime | None = None) -> Self:
        """Those that visitors see."""
        return self.filter(visible(self.model, now=now))

    def reachable(self, now: datetime | None = None) -> Self:
        """Those whose page visitors can open; a kind may have some that are published, and found by nobody."""
        return self.published(now)

    def scheduled(self, now: datetime | None = None) -> Self:
        """Those that visitors see later, the next first."""
        later = self.filter(is_published=False, publish_at__gt=now or this_moment())
        return later.order_by("publish_at", "pk")

    def drafts(self) -> Self:
        """Those that the team alone sees until somebody publishes them."""
        return self.filter(hidden())


class Publishable(Appearing):
    """A row that is a draft until it is published. The model's managers are built from PublishableQuerySet.

    The model has a field `updated_at`, and adds `publication_index()` and `in_bounds("publish_at", MomentField, …)` to
    its Meta.
    """

    appears_by = "publish_at"

    is_published = models.BooleanField(_("published"), default=False, help_text=_("Only your team can see drafts."))
    publish_at = MomentField(
        _("appears on"),
        null=True,
        blank=True,
        help_text=_("Published by itself at this time. Leave blank to publish by hand."),
    )

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store. What is published waits for no moment, so that unpublishing it leaves none behind."""
        if self.is_published and self.publish_at is not None:
            self.publish_at = None
            if kwargs.get("update_fields") is not None:
                kwargs["update_fields"] = {*kwargs["update_fields"], "publish_at"}
        super().save(*args, **kwargs)

    @property
    def is_visible(self) -> bool:
        return self.is_published or super().is_visible

    def save_publication(self) -> None:
        """Store whether and when visitors see it, and nothing else but when it was changed."""
        self.save(update_fields=["is_published", "publish_at", "updated_at"])  # type: ignore[misc] # models have it

    def validate_publishable(self) -> None:
        """Raise ValidationError, with a sentence for people, if visitors mustn't see it."""

    def publish(self) -> None:
        """Show it to visitors, once it is saved. Raises ValidationError if they mustn't see it."""
        self.validate_publishable()
        self.is_published, self.publish_at = True, None

    def schedule(self, moment: datetime) -> None:
        """Show it to visitors from `moment` on, once it is saved. Raises ValidationError if they mustn't see it."""
        self.validate_publishable()
        self.is_published, self.publish_at = False, moment

    def unpublish(self) -> None:
        """Make it a draft, once it is saved."""
        self.is_published, self.publish_at = False, None


def validate_to_come(moment: datetime) -> None:
    """Raise ValidationError for a moment at which nothing can appear any more."""
    if moment <= this_moment():
        raise ValidationError(_("This time has passed. Choose a later one, or publish now."))


def publication_index(name: str) -> models.Index:
    """Return the index by which the next moment is found. It holds only what is scheduled."""
    return models.Index(fields=["publish_at"], condition=models.Q(publish_at__isnull=False), name=name)


def publishable_models() -> list[type[Publishable]]:
    """Return all kinds that can be published, in a fixed order."""
    return list(kinds_of(Publishable))
