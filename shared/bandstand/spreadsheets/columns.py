"""Which column of a table is meant: by the export's own names, or by what people call it in English and German."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise

IGNORED = ""  # what a person chooses for a column that isn't to be read


@dataclass(frozen=True)
class Column:
    """One that can be imported. `words` are what else people call it, folded as `fold_heading` does."""

    name: str
    label: str | Promise
    words: frozenset[str]


def column(name: str, label: str | Promise, *words: str) -> Column:
    """Return a column that is known by its name and by these words, which commas separate."""
    return Column(name, label, frozenset(fold_heading(word) for word in ",".join([name, *words]).split(",")))


def fold_heading(text: str) -> str:
    """Return what headings that read alike have in common: `Doors_at*` and `doors at (local)` are one."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", plain)
    return " ".join(re.sub(r"[^\w]|_", " ", plain).split())


def match_columns(
    headings: Sequence[str], columns: Sequence[Column], chosen: Mapping[str, str]
) -> tuple[list[Column | None], list[str]]:
    """Return the column that stands under each heading, and the headings that nothing is known by.

    `chosen` tells by a heading what a person said it is. Of two headings for one column the first counts, and the other
    is unknown.
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
    """Return what the column is called in the product's languages."""
    labels = []
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            labels.append(fold_heading(str(of.label)))
    return labels
