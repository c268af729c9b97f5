"""Addresses that rows had before: whoever comes there is led on to the row's page.

Triggers keep the table, by a function in `public`, however a slug is changed: an address that a row leaves is noted,
one that a row takes is forgotten, and so are those of a deleted row.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.apps import apps
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from bandstand.content.slugs import SLUG_MAX_LENGTH


class FormerAddressQuerySet(models.QuerySet["FormerAddress"]):
    """Vocabulary for former addresses."""

    def of_kind(self, model: type[models.Model]) -> FormerAddressQuerySet:
        """Those of this model's rows."""
        return self.filter(kind=model._meta.label_lower)  # noqa: SLF001 # documented

    def of(self, row: models.Model) -> FormerAddressQuerySet:
        """Those of `row`, the latest first."""
        return self.of_kind(type(row)).filter(object_id=row.pk).order_by("-left_at", "-pk")

    def of_others(self, row: models.Model) -> FormerAddressQuerySet:
        """Those of all rows of its kind but `row`."""
        found = self.of_kind(type(row))
        return found.exclude(object_id=row.pk) if row.pk else found


class FormerAddress(models.Model):
    """A slug that a row had, and which row."""

    kind = models.CharField(_("kind"), max_length=100, editable=False)  # as in "bands.band"
    object_id = models.BigIntegerField(_("row"), editable=False)
    slug = models.CharField(_("address"), max_length=SLUG_MAX_LENGTH, editable=False)
    left_at = models.DateTimeField(_("left on"), db_default=Now(), editable=False)

    objects: ClassVar[FormerAddressQuerySet] = FormerAddressQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("former address")
        verbose_name_plural = _("former addresses")
        ordering = ["kind", "slug"]
        constraints = [models.UniqueConstraint(fields=["kind", "slug"], name="one_row_per_former_address")]
        indexes = [models.Index(fields=["kind", "object_id"], name="former_addresses_of_row")]

    def __str__(self) -> str:
        return self.slug

    @property
    def row(self) -> Any:
        """The row that had the address; one query."""
        return apps.get_model(self.kind)._base_manager.filter(pk=self.object_id).first()  # noqa: SLF001 # documented


def current_slugs(model: type[models.Model]) -> dict[str, str]:
    """Return the slugs that rows of `model` have, by those that they had; one query."""
    slugs = model._base_manager.filter(pk=models.OuterRef("object_id")).values("slug")  # noqa: SLF001 # documented
    found = FormerAddress.objects.of_kind(model).annotate(current=models.Subquery(slugs))
    return dict(found.exclude(current=None).values_list("slug", "current"))
