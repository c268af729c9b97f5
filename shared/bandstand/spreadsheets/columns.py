"""Matches headings to columns: by the export's names, or by common English and German names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise

IGNORED = ""  # chosen for a column that isn't to be imported


@dataclass(frozen=True)
class Column:
    """A column that can be imported. `words` are its synonyms, folded by `fold_heading`."""

    name: str
    label: str | Promise
    words: frozenset[str]


def column(name: str, label: str | Promise, *words: str) -> Column:
    """Return a column known by its name and by these comma-separated synonyms."""
    return Column(name, label, frozenset(fold_heading(word) for word in ",".join([name, *words]).split(",")))


def fold_heading(text: str) -> str:
    """Return a key that is the same for similar headings: `Doors_at*` and `doors at (local)` match."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", plain)
    return " ".join(re.sub(r"[^\w]|_", " ", plain).split())


def match_columns(
    headings: Sequence[str], columns: Sequence[Column], chosen: Mapping[str, str]
) -> tuple[list[Column | None], list[str]]:
    """Return the column for each heading, and the unknown headings.

    `chosen` has a person's choices by heading. Of two headings for one column the first counts, and the other is
    unknown.
    """
    by_name = {each.name: each for each in columns}
    by_word = {word: each for each in columns for word in [*each.words, *_labels(each)]}
    found: list[Column | None] = []
    unknown: list[str] = []
    for heading in headings:
        match = by_name.get(chosen[heading]) if heading in chosen else by_word.get(fold_heading(heading))
        if match in found:
            match = None
        if match is None and heading and heading not in chosen:
            unknown.append(heading)
        found.append(match)
    return found, unknown


def _labels(of: Column) -> list[str]:
    """Return the column's label in each of the product's languages."""
    labels = []
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            labels.append(fold_heading(str(of.label)))
    return labels
