"""Finding bands by what people type: parts of names, other spellings, no accents.

Each word of the query has to match the band's name, genres, members or town: as the beginning of a word (full-text
index), or by likeness (trigram index), which forgives typing errors. Both indexes stand on the table of search entries.
"""

from __future__ import annotations

import re
import unicodedata
from functools import reduce
from operator import add, and_

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import F, FloatField, Func, Q, TextField, Value
from django.db.models.functions import Cast

from bandstand.bands.models import BandQuerySet

QUERY_MAX_LENGTH = 100
WORDS_MAX = 8
LIKENESS_AT_LEAST = 0.4
SHORTEST_LIKENESS = 4  # shorter words have too few trigrams to be alike by more than chance
_WORD = re.compile(r"[^\W_]+")


def search_words(query: str) -> list[str]:
    """Return the words of `query` that are searched for, folded: without accents, in small letters."""
    decomposed = unicodedata.normalize("NFKD", query[:QUERY_MAX_LENGTH]).casefold()
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return _WORD.findall(plain)[:WORDS_MAX]


def search_bands(bands: BandQuerySet, query: str) -> BandQuerySet:
    """Return those of `bands` that `query` finds, the best first; all of them where `query` has no words.

    Costs one query more than `bands` only where nothing matches well: then the likest names are looked for.
    """
    words = search_words(query)
    if not words:
        return bands
    found = _matching(bands, words)
    return found if found.exists() else _alike(bands, words)


def _matching(bands: BandQuerySet, words: list[str]) -> BandQuerySet:
    matches = reduce(and_, map(_word_matches, words))
    return bands.filter(matches).annotate(rank=_rank(words)).order_by("-rank", "name", "pk")


def _alike(bands: BandQuerySet, words: list[str]) -> BandQuerySet:
    for number, word in enumerate(words):
        bands = bands.annotate(**{f"likeness_{number}": _likeness(word)}).filter(
            **{f"likeness_{number}__gte": LIKENESS_AT_LEAST}
        )
    rank = reduce(add, (F(f"likeness_{number}") for number in range(len(words))))
    return bands.annotate(rank=rank).order_by("-rank", "name", "pk")


def _word_matches(word: str) -> Q:
    begins = Q(search_entry__vector=_beginning(word))
    if len(word) < SHORTEST_LIKENESS:
        return begins
    return begins | Q(search_entry__words__trigram_word_similar=Folded(word))


def _rank(words: list[str]) -> Cast:
    beginnings = SearchRank(F("search_entry__vector"), reduce(and_, map(_beginning, words)))
    return Cast(reduce(add, map(_likeness, words), beginnings * len(words)), FloatField())


def _beginning(word: str) -> SearchQuery:
    return SearchQuery(QuotedBeginning(word), config="simple", search_type="raw")


def _likeness(words: str) -> Func:
    return Func(Folded(words), F("search_entry__words"), function="word_similarity", output_field=FloatField())


class Folded(Func):
    """A word as the search entries hold it: some letters, such as the Polish ł, are folded by the database alone."""

    template = "lower(unaccent(%(expressions)s))"
    output_field = TextField()

    def __init__(self, word: str) -> None:
        super().__init__(Value(word))


class QuotedBeginning(Folded):
    """A word as an operand of `to_tsquery` for words that begin so; nothing in it can end the quotation."""

    template = r"'''' || translate(lower(unaccent(%(expressions)s)), '''\', '') || ''':*'"
