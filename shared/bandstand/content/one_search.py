"""Finds rows of several kinds at once: how many of each, and all of them by how well they match.

One look at the indexes serves all kinds, and one statement tells the numbers and the first rows. A row whose entry has
words that visitors mustn't find has a second one without them, which counts for visitors alone (ADR 100).

The statement is put together of SQL, as Django joins what has a relation alone, and entries have none (ADR 104).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Any, Final

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import (
    Case,
    DurationField,
    ExpressionWrapper,
    F,
    FloatField,
    Func,
    JSONField,
    QuerySet,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Extract

from bandstand.content.one_moment import this_moment
from bandstand.content.search_entries import SearchEntry
from bandstand.content.searched import Searched
from bandstand.content.searching import LIKENESS_AT_LEAST, search_words, word_matches

SHOWN: Final = ".shown"  # what the kind of a second entry ends in
FIRST: Final = 21  # rows that are read with the numbers: a page, and whether there are more
_CENTURY: Final = 3.2e9  # seconds: what is to come stands before what was, however short ago that is

# Which entries match, and how well. A copy of the vector, as of texts PostgreSQL would unpack it for each question.
_MATCHING = """
    SELECT entry.kind, entry.object_id, {rank} AS rank,
        vector @@ public.search_name_is(%s) AS may_be_name, starts_with(entry.words, asked.first) AS begins
    FROM ({entries}) AS entry
    CROSS JOIN LATERAL (SELECT ts_delete(entry.packed, '') AS vector OFFSET 0) AS unpacked
    CROSS JOIN (SELECT public.search_join(split_part(public.search_fold(%s), ' ', 1)) AS first) AS asked
"""
_RANK = "ts_rank(vector, public.search_beginnings({words})) * {number} + {nearness}"
_NEARNESS = "public.search_nearness(vector, entry.words, public.search_join(public.search_fold(%s)))"
# What is alike, where nothing matches.
_ALIKE = (
    "SELECT entry.kind, entry.object_id, entry.rank, false AS may_be_name, false AS begins FROM ({entries}) AS entry"
)
# Rows of this very name come first: 2 is more than the best match of a word has besides. Few names are read, as the
# index says which may be all of the query, and the entry's words begin with the name, unless others weigh the same.
_OF_A_KIND = """
    SELECT {place} AS place, entry.object_id AS key, entry.rank + CASE
        WHEN {may_be} AND public.search_join(public.search_fold(row.name)) = public.search_join(public.search_fold(%s))
        THEN 2 ELSE 0 END AS rank, row.nearness::float8
    FROM matching AS entry JOIN ({rows}) AS row (pk, name, nearness) ON row.pk = entry.object_id
    WHERE {theirs}
"""
_WITHOUT_SECOND = """
    (entry.kind = %s OR entry.kind = %s
        AND entry.object_id NOT IN (SELECT object_id FROM content_searchentry WHERE kind = %s))
"""
_FOUND = """
    WITH matching AS MATERIALIZED ({matching}), found AS MATERIALIZED ({each})
    SELECT ARRAY(SELECT ARRAY[place, count(*)] FROM found GROUP BY place ORDER BY place), ARRAY(
        SELECT ARRAY[place, key] FROM found WHERE place = ANY (%s)
        ORDER BY round(rank * 100) DESC, place, nearness NULLS LAST, key LIMIT %s OFFSET %s
    )
"""

Kind = type[Searched]
Part = tuple[str, Sequence[Any]]  # of a statement, and its values
Numbered = list[list[int]]  # the place of a kind among those asked for, and a number


@dataclass(frozen=True)
class _Question:
    """The statement that finds rows of these kinds, and its values but the last three."""

    kinds: Sequence[Kind]
    statement: str
    values: Sequence[Any]

    def answer(self, places: Sequence[int], first: int, number: int) -> tuple[Numbered, Numbered]:
        """Return how many rows there are of each kind, and so many of those of the kinds at `places`."""
        with connection.cursor() as cursor:
            cursor.execute(self.statement, [*self.values, list(places), number, first])
            counted, rows = cursor.fetchone()
        return counted, rows


@dataclass(frozen=True)
class Keys:
    """The rows found, as (kind, key), best first: what a paginator wants of a list."""

    _question: _Question | None
    _places: Sequence[int]
    _number: int
    _first: Numbered | None = None

    def count(self) -> int:
        """Return how many there are."""
        return self._number

    def __len__(self) -> int:
        return self._number

    def __getitem__(self, some: slice) -> list[tuple[Kind, int]]:
        if not self._number or self._question is None:
            return []
        first, last, _step = some.indices(self._number)
        if self._first is not None and last <= max(FIRST, len(self._first)):
            rows = self._first[first:last]
        else:
            _counted, rows = self._question.answer(self._places, first, last - first)
        return [(self._question.kinds[place], key) for place, key in rows]


@dataclass(frozen=True)
class Found:
    """What a query finds: how many rows of the kinds of which there is any, in the kinds' order, and the rows."""

    counts: Mapping[Kind, int]
    _question: _Question | None = None
    _first: Numbered | None = None

    @property
    def total(self) -> int:
        """How many rows there are."""
        return sum(self.counts.values())

    def keys(self, kind: Kind | None = None) -> Keys:
        """Return all rows, or those of this kind. Each slice costs a query, but that of the first rows of all."""
        kinds = self._question.kinds if self._question else []
        if kind is None:
            return Keys(self._question, range(len(kinds)), self.total, self._first)
        return Keys(
            self._question, [place for place, each in enumerate(kinds) if each is kind], self.counts.get(kind, 0)
        )


def search_among(query: str, among: Sequence[QuerySet[Any]], *, for_visitors: bool) -> Found:
    """Return which of these rows, of one kind each, match `query`; none for a query without words.

    Where nothing matches, it is what is similar. Costs a query, or three then.
    """
    words = search_words(query)
    if not words or not among:
        return Found({})
    found = _ask(_matching(query, words), query, among, for_visitors=for_visitors)
    if found.counts:
        return found
    labels = [label for rows in among for label in _labels(rows.model, for_visitors=for_visitors)]
    likenesses = _likenesses(words, labels)
    return _ask(_alike(likenesses), query, among, for_visitors=for_visitors) if likenesses else found


def _labels(kind: Kind, *, for_visitors: bool) -> list[str]:
    label = kind._meta.label_lower  # noqa: SLF001 # documented
    return [label, f"{label}{SHOWN}"] if for_visitors else [label]


def _matching(query: str, words: list[str]) -> Part:
    """Return what finds the entries that all words match, by the indexes."""
    joined = "".join(words)
    entries = SearchEntry.objects.order_by().filter(reduce(and_, (word_matches(word, joined) for word in words)))
    sql, values = entries.values("kind", "object_id", "words", packed=F("vector")).query.sql_with_params()
    asked = ", ".join(["%s"] * len(words))
    nearness = " + ".join([_NEARNESS] * len(words))
    rank = _RANK.format(words=asked, number=len(words), nearness=nearness)
    return _MATCHING.format(rank=rank, entries=sql), [*words, *words, query, *values, query]


def _alike(likenesses: dict[str, float]) -> Part:
    """Return what finds the entries with these keys, which are as similar as that."""
    likeness = Func(Value(likenesses, JSONField()), Cast("pk", TextField()), function="jsonb_extract_path_text")
    entries = SearchEntry.objects.order_by().filter(pk__in=list(map(int, likenesses)))
    ranked = entries.values("kind", "object_id", rank=Cast(likeness, FloatField()))
    sql, values = ranked.query.sql_with_params()
    return _ALIKE.format(entries=sql), values


def _ask(matching: Part, query: str, among: Sequence[QuerySet[Any]], *, for_visitors: bool) -> Found:
    """Return which of these rows have entries among those that match."""
    kinds: list[Kind] = []
    each: list[str] = []
    values = [*matching[1]]
    for rows in among:
        with suppress(EmptyResultSet):
            sql, more = _of_a_kind(len(kinds), rows, query, for_visitors=for_visitors)
            kinds.append(rows.model)
            each.append(sql)
            values.extend(more)
    if not kinds:
        return Found({})
    question = _Question(kinds, _FOUND.format(matching=matching[0], each=" UNION ALL ".join(each)), values)
    counted, first = question.answer(range(len(kinds)), 0, FIRST)
    return Found({kinds[place]: number for place, number in counted}, question, first)


def _of_a_kind(place: int, rows: QuerySet[Any], query: str, *, for_visitors: bool) -> Part:
    """Return what finds rows of one kind by their entries; for visitors without those that have a second one.

    Raises EmptyResultSet.
    """
    kind: Kind = rows.model
    begins = all("__" in path for path in kind.found_by["A"][1:])
    wanted = rows.order_by().values("pk", kind.name_field(), nearness=_nearness(kind.found_in_order_of))
    sql, values = wanted.query.sql_with_params()
    label, *second = _labels(kind, for_visitors=for_visitors)
    part = _OF_A_KIND.format(
        place=place,
        may_be="entry.may_be_name AND entry.begins" if begins else "entry.may_be_name",
        rows=sql,
        theirs=_WITHOUT_SECOND if second else "entry.kind = %s",
    )
    return part, [query, *values, *second, label, *second]


def _nearness(column: str) -> Any:
    """Return how many seconds there are to a moment; for one that has passed a century more; nothing without one."""
    if not column:
        return Value(None, FloatField())
    now = Value(this_moment())
    to_come, passed = (
        Extract(ExpressionWrapper(distance, output_field=DurationField()), "epoch", output_field=FloatField())
        for distance in (F(column) - now, now - F(column))
    )
    return Case(When(**{f"{column}__gte": now}, then=to_come), default=passed + Value(_CENTURY))


def _likenesses(words: list[str], labels: list[str]) -> dict[str, float]:
    """Return how similar entries are to the words, by their keys as text."""
    asked = Func(Value(labels), *map(Value, (LIKENESS_AT_LEAST, *words)), function="public.search_alike_among")
    # One row of a table that has rows wherever there is anything to find.
    answers = list(SearchEntry.objects.order_by().values_list(Cast(asked, JSONField()), flat=True)[:1])
    return answers[0] if answers else {}
