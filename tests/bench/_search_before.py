"""How search looked for rows until November 2026; what it does now is compared with it. See `search`."""

from __future__ import annotations

from functools import reduce
from operator import add, and_
from typing import Any

from django.contrib.postgres.search import SearchRank
from django.db.models import F, FloatField, Func, OuterRef, Q, Subquery, Value
from django.db.models.functions import Cast, Coalesce

from bandstand.content.folding import Folded, Part
from bandstand.content.search_entries import SearchEntry
from bandstand.content.searching import _WITHOUT_SPACES, Alike, Beginnings, search_words

LIKENESS_AT_LEAST = 0.4
SHORTEST_LIKENESS = 4


def best_matches(rows: Any, query: str) -> Any:
    """Return the rows that match, best first."""
    words = search_words(query)
    found = _matching(rows, words)
    return found if found.exists() else _alike(rows, words)


def _entries(rows: Any) -> Any:
    label = rows.model._meta.label_lower
    return SearchEntry.objects.alias(its_kind=Coalesce("kind", Value(""))).filter(its_kind=label).order_by()


def _matching(rows: Any, words: list[str]) -> Any:
    joined = "".join(words)
    matches = reduce(and_, (_word_matches(word, joined) for word in words))
    beginnings = SearchRank(F("vector"), Beginnings(*words))
    rank = Cast(reduce(add, map(_likeness, words), beginnings * len(words)), FloatField())
    return _best_first(rows, _entries(rows).filter(matches), rank)


def _alike(rows: Any, words: list[str]) -> Any:
    likenesses = {f"likeness_{number}": _likeness(word) for number, word in enumerate(words)}
    alike = _entries(rows).annotate(**likenesses).filter(**{f"{name}__gte": LIKENESS_AT_LEAST for name in likenesses})
    return _best_first(rows, alike, reduce(add, likenesses.values()))


def _best_first(rows: Any, entries: Any, rank: Any) -> Any:
    own = SearchEntry.objects.of_kind(rows.model).filter(object_id=OuterRef("pk")).order_by()
    found = rows.filter(pk__in=entries.values("object_id")).annotate(
        rank=Subquery(own.annotate(rank=rank).values("rank"))
    )
    return found.order_by("-rank", *rows.model._meta.ordering)


def _word_matches(word: str, joined: str) -> Q:
    begins = Beginnings(word) if word == joined else Beginnings(word) | Beginnings(joined)
    matches = Q(vector=begins)
    if _WITHOUT_SPACES.search(word):
        matches |= Q(words__like=Part(word))
    if len(word) >= SHORTEST_LIKENESS:
        matches |= Q(words__trigram_word_similar=Alike(word))
    return matches


def _likeness(words: str) -> Func:
    return Func(Folded(words), F("words"), function="word_similarity", output_field=FloatField())
