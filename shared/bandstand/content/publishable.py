"""Rows that visitors see once they are published."""

from __future__ import annotations

from typing import Self, TypeVar

from django.db import models
from django.utils.translation import gettext_lazy as _

Row = TypeVar("Row", bound="Publishable")


class PublishableQuerySet(models.QuerySet[Row]):
    """Vocabulary for what visitors see, and what they don't."""

    def published(self) -> Self:
        """Those that visitors see."""
        return self.filter(is_published=True)

    def drafts(self) -> Self:
        """Those that the team alone sees."""
        return self.filter(is_published=False)


class Publishable(models.Model):
    """A row that is a draft until it is published. The model's managers are built from PublishableQuerySet."""

    is_published = models.BooleanField(_("published"), default=False, help_text=_("Only your team can see drafts."))

    class Meta:
        abstract = True
