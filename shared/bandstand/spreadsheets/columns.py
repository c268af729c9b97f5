"""Matches headings to columns: by the export's names, common English and German ones, or labels in all languages."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils import translation
from django.utils.functional import Promise

from bandstand.content.languages import LANGUAGES

IGNORED = ""  # chosen for a column that isn't to be imported


@dataclass(frozen=True)
class Column:
    """A column that can be imported. `words` are its synonyms, folded by `fold_heading`."""

    name: str
    label: str | Promise
    words: frozenset[str]
    # Words of another column that mean this one where the other has a clearer heading: `Ort` beside `Stadt`.
    words_beside: frozenset[str] = frozenset()


def column(name: str, label: str | Promise, *words: str, beside: str = "") -> Column:
    """Return a column known by its name and by these comma-separated synonyms."""
    return Column(name, label, _folded(",".join([name, *words])), _folded(beside))


def _folded(words: str) -> frozenset[str]:
    return frozenset(fold_heading(word) for word in words.split(",") if word)


def fold_heading(text: str) -> str:
    """Return a key that is the same for similar headings: `Doors_at*` and `doors at (local)` match."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", plain)
    return " ".join(re.sub(r"[^\w]|_", " ", plain).split())


def match_columns(
    headings: Sequence[str], columns: Sequence[Column], chosen: Mapping[str, str]
) -> tuple[list[Column | None], list[str]]:
    """Return the column for each heading, and the unknown headings.

    `chosen` has a person's choices by heading. Of two headings for one column the first counts, unless it may
    mean another column that has none; the other is unknown.
    """
    by_name = {each.name: each for each in columns}
    by_word = {word: each for each in columns for word in _labels(each)}
    by_word |= {word: each for each in columns for word in each.words}  # a label in one language is a word in another
    found: list[Column | None] = []
    unknown: list[str] = []
    for heading in headings:
        match = by_name.get(chosen[heading]) if heading in chosen else by_word.get(fold_heading(heading))
        if match is not None and match in found:
            former = headings[found.index(match)]
            match = _settled(heading, former, match, found=found, columns=columns, chosen=chosen)
        if match is None and heading and heading not in chosen:
            unknown.append(heading)
        found.append(match)
    return found, unknown


def _settled(
    heading: str,
    former: str,
    column: Column,
    *,
    found: list[Column | None],
    columns: Sequence[Column],
    chosen: Mapping[str, str],
) -> Column | None:
    """Return the column of a heading whose own column stands under the heading `former` already, which may give way."""

    def beside(text: str) -> Column | None:
        word = fold_heading(text)
        return next((each for each in columns if word in each.words_beside and each not in found), None)

    if other := beside(heading):
        return other
    if former in chosen or (other := beside(former)) is None:
        return None
    found[found.index(column)] = other
    return column


def _labels(of: Column) -> list[str]:
    """Return the column's label in each of the product's languages."""
    labels = []
    for language in LANGUAGES:
        with translation.override(language.code):
            labels.append(fold_heading(str(of.label)))
    return labels
