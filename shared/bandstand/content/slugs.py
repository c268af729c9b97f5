"""Addresses made from names."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from bandstand.content.languages import language_of

SLUG_MAX_LENGTH = 80
# Words that stand at the same place in an address as a row's slug.
RESERVED = frozenset({"search", "new", "feed", "genres", "towns"})
# Letters that don't fall apart into a plain letter and a mark.
_LETTERS = str.maketrans(
    {"ß": "ss", "ẞ": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "æ": "ae", "Æ": "Ae", "œ": "oe"}
    | {"Œ": "Oe", "þ": "th", "Þ": "Th", "ð": "d", "\N{LATIN SMALL LETTER DOTLESS I}": "i", "&": " and "}
)


def validate_not_reserved(value: str) -> None:
    """Raise ValidationError where `value` is a word that the portal's own pages use."""
    if value in RESERVED:
        raise ValidationError(_("This address is used by the portal itself. Choose another one."))


def slug_from(text: str, *, fallback: str, language: str = "") -> str:
    """Return `text` as part of an address: small Latin letters, digits, hyphens; `fallback` where nothing is left."""
    composed = unicodedata.normalize("NFC", text)
    spelled = composed.translate(language_of(language).letters)
    slug = slugify(spelled.translate(_LETTERS))[:SLUG_MAX_LENGTH].strip("-_")
    return slug or fallback


def unused_slug(wanted: str, *rows: models.QuerySet[Any]) -> str:
    """Return `wanted`, or `wanted-2`, `wanted-3`, … where `rows` have it; two at once may be told the same."""
    stem = wanted[: SLUG_MAX_LENGTH - 5]
    taken = RESERVED.union(*(each.filter(slug__startswith=stem).values_list("slug", flat=True) for each in rows))
    if wanted not in taken:
        return wanted
    number = 2
    while f"{stem}-{number}" in taken:
        number += 1
    return f"{stem}-{number}"


def save_under_unused_slug(
    row: models.Model,
    wanted: str,
    rows: models.QuerySet[models.Model],
    save: Callable[[], None],
    *,
    avoided: models.QuerySet[Any] | None = None,
) -> None:
    """Give `row` the slug `wanted`, or the next that `rows` lack, and call `save`; again where somebody was quicker.

    The slugs of `avoided` aren't taken either. The unique constraint decides: a form that is sent twice, by a double
    click, makes two rows and no error.
    """
    while True:
        slug = unused_slug(wanted, rows, *([] if avoided is None else [avoided]))
        row.slug = slug  # type: ignore[attr-defined]
        try:
            with transaction.atomic():
                return save()
        except IntegrityError:
            if not rows.filter(slug=slug).exists():
                raise


class UnusedSlugs:
    """Gives many rows slugs without asking the database for each; its unique constraint still decides."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken) | RESERVED
        self._next: dict[str, int] = {}  # by stem, as thousands of names in other scripts share one

    def take(self, wanted: str) -> str:
        """Return `wanted`, or the next that isn't in use, and never again the same."""
        stem, slug = wanted[: SLUG_MAX_LENGTH - 6], wanted
        number = self._next.get(stem, 2)
        while slug in self._taken:
            slug, number = f"{stem}-{number}", number + 1
        self._next[stem] = number
        self._taken.add(slug)
        return slug
