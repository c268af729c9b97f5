"""Content that people find by its words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.db import models


class Searched(models.Model):
    """A row with a search entry, which the database keeps, whoever writes the row or what belongs to it.

    Each kind needs `content.search_sources.keep_search_entries()` in a migration; a test compares the two.
    """

    # Which fields weigh what, "A" the most and "D" the least: fields of the row, or "relation__field" of what belongs
    # to it. Those of related rows in the trash don't count.
    found_by: ClassVar[Mapping[str, tuple[str, ...]]]

    class Meta:
        abstract = True
