"""The table that code of the release before finds bands by, until it goes."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _

from bandstand.content.trashed import LivingQuerySet


class SearchEntry(models.Model):
    """A band's words, which a trigger copies from content's entries."""

    is_exported = False  # made of what is

    # The database deletes it with the band, whoever deletes that.
    band = models.OneToOneField(
        "bands.Band", on_delete=models.DO_NOTHING, primary_key=True, related_name="search_entry", db_constraint=False
    )
    words = models.TextField(editable=False)  # folded, for parts of words and for likeness by trigrams
    vector = SearchVectorField(editable=False)  # the same, weighted, for whole words and beginnings

    objects: ClassVar[LivingQuerySet[SearchEntry]] = LivingQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("search entry")
        verbose_name_plural = _("search entries")
        default_permissions = ()
        indexes = [
            GinIndex(fields=["vector"], name="band_search_vector"),
            GinIndex(fields=["words"], name="band_search_words", opclasses=["gin_trgm_ops"]),
        ]

    def __str__(self) -> str:
        return self.words
