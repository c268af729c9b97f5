"""Finds rows of several kinds at once: how many of each, and all of them by how well they match.

One look at the indexes serves all kinds. A row whose entry has words that visitors mustn't find has a second one
without them, which counts for visitors alone (ADR 100).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add, and_, or_
from typing import Any, Final

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import (
    Case,
    Count,
    DurationField,
    ExpressionWrapper,
    F,
    FloatField,
    Func,
    IntegerField,
    JSONField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Extract, Round
from django.db.models.lookups import Exact

from bandstand.content.folding import Folded
from bandstand.content.one_moment import this_moment
from bandstand.content.search_entries import SearchEntry
from bandstand.content.searched import Searched
from bandstand.content.searching import LIKENESS_AT_LEAST, Beginnings, likeness_of, search_words, word_matches

SHOWN: Final = ".shown"  # what the kind of a second entry ends in
_OF_THAT_NAME: Final = 2.0  # more than the best match of a word has besides
_CENTURY: Final = 3.2e9  # seconds: what is to come stands before what was, however short ago that is

Kind = type[Searched]
Entries = Any  # a SearchEntryQuerySet with `its_kind`
Labels = Mapping[Kind, list[str]]  # the kinds of entries that rows of a kind have


@dataclass(frozen=True)
class Keys:
    """The rows found, as (kind, key), best first: what a paginator wants of a list."""

    _entries: Entries
    _labels: Labels
    _number: int

    def count(self) -> int:
        """Return how many there are."""
        return self._number

    def __len__(self) -> int:
        return self._number

    def __getitem__(self, some: slice) -> list[tuple[Kind, int]]:
        if not self._number:
            return []
        kinds = {label: kind for kind, labels in self._labels.items() for label in labels}
        return [(kinds[label], key) for label, key in self._entries.values_list("its_kind", "object_id")[some]]


@dataclass(frozen=True)
class Found:
    """What a query finds: how many rows of the kinds of which there is any, in the kinds' order, and the rows."""

    counts: Mapping[Kind, int]
    _entries: Entries
    _labels: Labels

    @property
    def total(self) -> int:
        """How many rows there are."""
        return sum(self.counts.values())

    def keys(self, kind: Kind | None = None) -> Keys:
        """Return all rows, or those of this kind. Each slice costs a query."""
        if kind is None:
            return Keys(self._entries, self._labels, self.total)
        return Keys(self._entries.filter(its_kind__in=self._labels[kind]), self._labels, self.counts.get(kind, 0))


def search_among(query: str, among: Sequence[QuerySet[Any]], *, for_visitors: bool) -> Found:
    """Return which of these rows, of one kind each, match `query`; none for a query without words.

    Where nothing matches, it is what is similar. Costs a query, or three then.
    """
    words, rows = search_words(query), {each.model: each for each in among}
    labels = {kind: _labels(kind, for_visitors=for_visitors) for kind in rows}
    if not words or not rows:
        return Found({}, SearchEntry.objects.none(), labels)
    entries = _entries_of(rows, labels)
    joined = "".join(words)
    matching = entries.filter(reduce(and_, (word_matches(word, joined) for word in words)))
    if counts := _counted(matching, labels):
        rank = _rank(words) + _bonus_of_name(query, labels)
        return Found(counts, _in_order(matching, rank, labels), labels)
    likenesses = _likenesses(words, labels)
    alike = entries.filter(pk__in=list(map(int, likenesses)))
    likeness = Func(Value(likenesses, JSONField()), Cast("pk", TextField()), function="jsonb_extract_path_text")
    return Found(_counted(alike, labels), _in_order(alike, Cast(likeness, FloatField()), labels), labels)


def _labels(kind: Kind, *, for_visitors: bool) -> list[str]:
    label = kind._meta.label_lower  # noqa: SLF001 # documented
    return [label, f"{label}{SHOWN}"] if for_visitors else [label]


def _entries_of(rows: Mapping[Kind, QuerySet[Any]], labels: Labels) -> Entries:
    """Return the entries of these rows. The keys of each kind are read once, whatever the number of entries.

    The kind is told by an expression, as in `bandstand.content.searching`: the indexes of words are to be read.
    """
    theirs = (_of_kind(labels[kind], each.order_by().values("pk")) for kind, each in rows.items())
    entries = SearchEntry.objects.order_by().annotate(its_kind=Coalesce("kind", Value("")))
    return entries.filter(reduce(or_, theirs))


def _of_kind(labels: Sequence[str], keys: QuerySet[Any]) -> Q:
    """Return the condition for the entries of these rows; for visitors without those that have a second one."""
    first, *second = labels
    entries = Q(its_kind=first)
    for label in second:
        hiding = SearchEntry.objects.filter(kind=label).order_by().values("object_id")
        entries = (entries & ~Q(object_id__in=hiding)) | Q(its_kind=label)
    return entries & Q(object_id__in=keys)


def _counted(entries: Entries, labels: Labels) -> dict[Kind, int]:
    numbers = dict(entries.values("its_kind").annotate(number=Count("pk")).values_list("its_kind", "number"))
    counts = {kind: sum(numbers.get(label, 0) for label in theirs) for kind, theirs in labels.items()}
    return {kind: number for kind, number in counts.items() if number}


def _likenesses(words: list[str], labels: Labels) -> dict[str, float]:
    """Return how similar entries are to the words, by their keys as text."""
    wanted = Value([label for theirs in labels.values() for label in theirs])
    asked = Func(wanted, *map(Value, (LIKENESS_AT_LEAST, *words)), function="public.search_alike_among")
    answers = list(SearchEntry.objects.order_by().values_list(Cast(asked, JSONField()), flat=True)[:1])
    return answers[0] if answers else {}


class _NameIs(SearchQuery):
    """A full-text query for names that a query may be the whole of."""

    def __init__(self, query: str) -> None:
        super().__init__("", search_type="raw")
        self.function = "public.search_name_is"
        self.set_source_expressions([Value(query)])


class _AsCompared(Func):
    """A name without what names differ in that are the same to a reader."""

    template = Folded.template
    output_field = TextField()


def _rank(words: list[str]) -> Any:
    beginnings = SearchRank(F("vector"), Beginnings(*words)) * len(words)
    return Cast(reduce(add, map(likeness_of, words), beginnings), FloatField())


def _bonus_of_name(query: str, labels: Labels) -> Any:
    """Return what puts rows of this very name before all others. Few names are read: those that an index can mean."""
    name = _of_row({kind: F(kind.name_field()) for kind in labels}, labels, TextField())
    is_name = Exact(_AsCompared(name), _AsCompared(Value(query)))
    exactly = Case(When(is_name, then=Value(_OF_THAT_NAME)), default=Value(0.0), output_field=FloatField())
    return Case(When(vector=_NameIs(query), then=exactly), default=Value(0.0), output_field=FloatField())


def _in_order(entries: Entries, rank: Any, labels: Labels) -> Entries:
    """Return the entries best first; of one rank in the order of kinds, what is to come first, the nearest first."""
    places = [When(its_kind__in=theirs, then=Value(place)) for place, theirs in enumerate(labels.values())]
    order: list[Any] = [Round(rank, 2).desc(), Case(*places, output_field=IntegerField())]
    nearest = {kind: _nearness(kind.found_in_order_of) for kind in labels if kind.found_in_order_of}
    if nearest:
        order.append(_of_row(nearest, labels, FloatField()).asc(nulls_last=True))
    return entries.order_by(*order, "object_id")


def _nearness(column: str) -> Any:
    """Return how many seconds there are to a moment; for one that has passed a century more."""
    now = Value(this_moment())
    to_come, passed = (
        Extract(ExpressionWrapper(distance, output_field=DurationField()), "epoch", output_field=FloatField())
        for distance in (F(column) - now, now - F(column))
    )
    return Case(When(**{f"{column}__gte": now}, then=to_come), default=passed + Value(_CENTURY))


def _of_row(columns: Mapping[Kind, Any], labels: Labels, field: Any) -> Any:
    """Return the expression for a column of the entry's row, or for what is made of columns, by kind."""
    theirs = (
        When(
            its_kind__in=labels[kind],
            then=Subquery(
                kind._base_manager.filter(pk=OuterRef("object_id")).order_by().values(found=column)[:1],  # noqa: SLF001
                output_field=field,
            ),
        )
        for kind, column in columns.items()
    )
    return Case(*theirs, output_field=field)
