"""What rows of all kinds are found by. Triggers keep it, by functions in `public`; nothing else writes it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import connection, models, transaction
from django.utils.translation import gettext_lazy as _


class SearchEntryQuerySet(models.QuerySet["SearchEntry"]):
    """Vocabulary for search entries."""

    def of_kind(self, model: type[models.Model]) -> SearchEntryQuerySet:
        """Those of this model's rows."""
        return self.filter(kind=model._meta.label_lower)  # noqa: SLF001 # documented

    def of(self, row: models.Model) -> SearchEntryQuerySet:
        """The one of `row`."""
        return self.of_kind(type(row)).filter(object_id=row.pk)


class SearchEntry(models.Model):
    """The words of one row. A row in the trash keeps its entry, so whoever searches asks for living rows."""

    is_exported: ClassVar[bool] = False  # made of what is

    kind = models.CharField(max_length=100, editable=False)  # as in "bands.band"
    object_id = models.BigIntegerField(editable=False)
    words = models.TextField(editable=False)  # folded, for parts of words and for likeness by trigrams
    vector = SearchVectorField(editable=False)  # the same, weighted, for whole words and beginnings

    objects: ClassVar[SearchEntryQuerySet] = SearchEntryQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("search entry")
        verbose_name_plural = _("search entries")
        ordering = ["kind", "object_id"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["kind", "object_id"], name="one_search_entry_per_row")]
        indexes = [
            GinIndex(fields=["vector"], name="search_entry_vector"),
            GinIndex(fields=["words"], name="search_entry_words", opclasses=["gin_trgm_ops"]),
        ]

    def __str__(self) -> str:
        return self.words


@contextmanager
def entries_refreshed_at_end() -> Iterator[None]:
    """Refresh the entry of each row of this portal that changes meanwhile once, at the end, not with each part.

    Meanwhile rows aren't found by what is new about them, in this transaction either.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT public.search_entries_wait()")
        yield
        cursor.execute("SELECT public.search_entries_catch_up()")
