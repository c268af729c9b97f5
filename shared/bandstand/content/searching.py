"""Finds rows of any kind by what people type: parts of names, other spellings, without accents or dots.

Each word of the query has to match one of the row's texts: as the beginning of a word (full-text index), as a part of
one in scripts without spaces, or by similarity (trigram index), which forgives typos, but in running texts. Both
indexes are on the table of search entries. The query is folded by the same database functions as the entries (ADR 40).

To compare a word with a row's texts takes 30 microseconds, so it is done for those alone that the index offers, and not
at all to rank those that have the word or begin with it (ADR 88).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import reduce
from operator import add, and_
from typing import Any, TypeVar

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import (
    Case,
    Exists,
    F,
    FloatField,
    Func,
    JSONField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce

from bandstand.content.folding import Folded, Part
from bandstand.content.plain_text import clean_text
from bandstand.content.search_entries import SearchEntry, SearchEntryQuerySet

QUERY_MAX_LENGTH = 200
WORDS_MAX = 8
LIKENESS_AT_LEAST = 0.4
SHORTEST_LIKENESS = 4  # shorter words have too few trigrams for a meaningful similarity
# Scripts without spaces between words, or with one sign per word: these match any part of a name.
_WITHOUT_SPACES = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2600-\ud7ff\uf900-\uffef\U00010000-\U0010ffff]"
)

Rows = TypeVar("Rows", bound=QuerySet[Any])


def search_words(query: str) -> list[str]:
    """Return the words of `query` to search for; symbols count only if there are no words."""
    words = clean_text(query[:QUERY_MAX_LENGTH]).split()
    return ([word for word in words if any(map(_is_letter, word))] or words)[:WORDS_MAX]


def best_matches(rows: Rows, query: str) -> Rows:
    """Return the rows that match `query`, best first; all of them if `query` has no words.

    Costs an extra query, which tells whether anything matches well, and what is similar if nothing does.
    """
    words = search_words(query)
    if not words:
        return rows
    found = _matching(rows, words)
    likenesses = _likenesses(rows, found, words)
    return found if likenesses is None else _alike(rows, likenesses)


def having_words(rows: Rows, query: str) -> Rows:
    """Return the rows in whose texts each word of `query` stands, as part of a word, without changing the order."""
    words = search_words(query)
    if not words:
        return rows
    having = (Q(words__like=Part(word)) | Q(vector=Beginnings(word)) for word in words)
    return rows.filter(pk__in=_entries(rows).filter(*having).values("object_id"))


def _entries(rows: QuerySet[Any]) -> SearchEntryQuerySet:
    """Return the entries of the rows' kind, told by an expression.

    As long as there are no statistics, the planner thinks a kind rare, and would read the index of kinds rather than
    that of words.
    """
    label = rows.model._meta.label_lower  # noqa: SLF001 # documented
    return SearchEntry.objects.alias(its_kind=Coalesce("kind", Value(""))).filter(its_kind=label).order_by()


def _matching(rows: Rows, words: list[str]) -> Rows:
    joined = "".join(words)
    matches = reduce(and_, (word_matches(word, joined) for word in words))
    beginnings = SearchRank(F("vector"), Beginnings(*words))
    rank = Cast(reduce(add, map(likeness_of, words), beginnings * len(words)), FloatField())
    own = SearchEntry.objects.of_kind(rows.model).filter(object_id=OuterRef("pk")).order_by()
    entries = _entries(rows).filter(matches)
    found = rows.filter(pk__in=entries.values("object_id")).annotate(
        rank=Subquery(own.annotate(rank=rank).values("rank"))
    )
    return found.order_by("-rank", *_own_order(rows))


def _likenesses(rows: Rows, found: Rows, words: list[str]) -> dict[str, float] | None:
    """Return how similar rows are to the words, by primary key as text; None where rows are found, in one query."""
    label = rows.model._meta.label_lower  # noqa: SLF001 # documented
    alike = Func(*map(Value, (label, LIKENESS_AT_LEAST, *words)), function="public.search_alike")
    told = Case(When(Exists(found.order_by()), then=None), default=alike, output_field=JSONField())
    # One row of a table that has rows wherever there is anything to find.
    answers = list(SearchEntry.objects.order_by().values_list(told, flat=True)[:1])
    return answers[0] if answers else {}


def _alike(rows: Rows, likenesses: dict[str, float]) -> Rows:
    if not likenesses:
        return rows.none()
    likeness = Func(Value(likenesses, JSONField()), Cast("pk", TextField()), function="jsonb_extract_path_text")
    found = rows.filter(pk__in=map(int, likenesses)).annotate(rank=Cast(likeness, FloatField()))
    return found.order_by("-rank", *_own_order(rows))


def _own_order(rows: QuerySet[Any]) -> Sequence[Any]:
    ordering: Sequence[Any] = rows.model._meta.ordering  # noqa: SLF001 # documented
    return ordering


def word_matches(word: str, joined: str) -> Q:
    """Return the condition for entries that one word of a query matches, or all of them written as one (`joined`)."""
    begins = Beginnings(word) if word == joined else Beginnings(word) | Beginnings(joined)
    matches = Q(vector=begins)
    if _WITHOUT_SPACES.search(word):
        matches |= Q(words__like=Part(word))
    if len(word) >= SHORTEST_LIKENESS:
        matches |= Q(words__trigram_word_similar=Alike(word))
    return matches


def likeness_of(word: str) -> Func:
    """Return what `word_similarity` gives; it isn't asked about texts that the word begins or stands in."""
    return Func(F("vector"), F("words"), Folded(word), function="public.search_nearness", output_field=FloatField())


def _is_letter(character: str) -> bool:
    return character.isalnum() or not character.isascii()


class Alike(Folded):
    """A word to compare by similarity."""

    # As a query of its own it is asked once; elsewhere it would be for each row that the other index found.
    template = "(SELECT public.search_likeness(%(expressions)s))"


class Beginnings(SearchQuery):
    """A full-text query for words with each of these prefixes."""

    def __init__(self, *words: str) -> None:
        super().__init__("", search_type="raw")
        self.function = "public.search_beginnings"
        self.set_source_expressions([Value(word) for word in words])
