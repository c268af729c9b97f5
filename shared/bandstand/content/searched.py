"""Content that people find by its words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import models


class Searched(models.Model):
    """A row with a search entry, which the database keeps, whoever writes the row or what belongs to it.

    Each kind needs `content.search_sources.keep_search_entries()` in a migration; a test compares the two.
    """

    # Which fields weigh what, "A" the most and "D" the least: fields of the row, or "relation__field" of what belongs
    # to it. Those of related rows in the trash don't count. "D" is for running texts, with Markdown: their words are
    # found by their beginnings, and not by likeness.
    found_by: ClassVar[Mapping[str, tuple[str, ...]]]
    # By which of these visitors don't find the row, if another field of it says yes. Neither do they by related rows
    # that are drafts.
    hidden_if: ClassVar[Mapping[str, str]] = {}
    # The column of a moment: of rows that match alike those to come stand first, and the nearest of them.
    found_in_order_of: ClassVar[str] = ""

    class Meta:
        abstract = True

    @classmethod
    def found_by_visitors(cls) -> Any:
        """Return the rows that visitors may find, as they see them (`for_visitors()`); None for kinds without pages.

        A kind of which visitors may open more than they may find says less here.
        """
        rows: Any = cls._default_manager
        if not hasattr(cls, "get_absolute_url") or not hasattr(rows, "published"):
            return None
        published = rows.published()
        return published.for_visitors() if hasattr(published, "for_visitors") else published

    @classmethod
    def name_field(cls) -> str:
        """Return the field that a row is called by: the first of those that weigh most."""
        return cls.found_by["A"][0]
