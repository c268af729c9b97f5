"""Finds bands by what people type: parts of names, other spellings, without accents or dots.

Each word of the query has to match the band's name, genres, members or town: as the beginning of a word (full-text
index), as a part of one in scripts without spaces, or by similarity (trigram index), which forgives typos. Both
indexes are on the table of search entries. The query is folded by the same database functions as the entries
(ADR 40).
"""

from __future__ import annotations

import re
from functools import reduce
from operator import add, and_

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import F, FloatField, Func, Q, Value
from django.db.models.functions import Cast

from bandstand.bands.models import BandQuerySet
from bandstand.content.folding import Folded, Part
from bandstand.content.plain_text import clean_text

QUERY_MAX_LENGTH = 200
WORDS_MAX = 8
LIKENESS_AT_LEAST = 0.4
SHORTEST_LIKENESS = 4  # shorter words have too few trigrams for a meaningful similarity
# Scripts without spaces between words, or with one sign per word: these match any part of a name.
_WITHOUT_SPACES = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2600-\ud7ff\uf900-\uffef\U00010000-\U0010ffff]"
)


def search_words(query: str) -> list[str]:
    """Return the words of `query` to search for; symbols count only if there are no words."""
    words = clean_text(query[:QUERY_MAX_LENGTH]).split()
    return ([word for word in words if any(map(_is_letter, word))] or words)[:WORDS_MAX]


def search_bands(bands: BandQuerySet, query: str) -> BandQuerySet:
    """Return the bands that match `query`, best first; all of them if `query` has no words.

    Costs an extra query only if nothing matches well: then the most similar names are looked up.
    """
    words = search_words(query)
    if not words:
        return bands
    found = _matching(bands, words)
    return found if found.exists() else _alike(bands, words)


def having_part(bands: BandQuerySet, query: str) -> BandQuerySet:
    """Return the bands whose search entry contains each word of `query`, without changing the order."""
    return bands.filter(*(Q(search_entry__words__like=Part(word)) for word in search_words(query)))


def _matching(bands: BandQuerySet, words: list[str]) -> BandQuerySet:
    joined = "".join(words)
    matches = reduce(and_, (_word_matches(word, joined) for word in words))
    return bands.filter(matches).annotate(rank=_rank(words)).order_by("-rank", "name", "pk")


def _alike(bands: BandQuerySet, words: list[str]) -> BandQuerySet:
    for number, word in enumerate(words):
        bands = bands.annotate(**{f"likeness_{number}": _likeness(word)}).filter(
            **{f"likeness_{number}__gte": LIKENESS_AT_LEAST}
        )
    rank = reduce(add, (F(f"likeness_{number}") for number in range(len(words))))
    return bands.annotate(rank=rank).order_by("-rank", "name", "pk")


def _word_matches(word: str, joined: str) -> Q:
    begins = Beginnings(word) if word == joined else Beginnings(word) | Beginnings(joined)
    matches = Q(search_entry__vector=begins)
    if _WITHOUT_SPACES.search(word):
        matches |= Q(search_entry__words__like=Part(word))
    if len(word) >= SHORTEST_LIKENESS:
        matches |= Q(search_entry__words__trigram_word_similar=Alike(word))
    return matches


def _rank(words: list[str]) -> Cast:
    beginnings = SearchRank(F("search_entry__vector"), Beginnings(*words))
    return Cast(reduce(add, map(_likeness, words), beginnings * len(words)), FloatField())


def _likeness(words: str) -> Func:
    return Func(Folded(words), F("search_entry__words"), function="word_similarity", output_field=FloatField())


def _is_letter(character: str) -> bool:
    return character.isalnum() or not character.isascii()


class Alike(Folded):
    """A word to compare by similarity."""

    template = "public.search_likeness(%(expressions)s)"


class Beginnings(SearchQuery):
    """A full-text query for words with each of these prefixes."""

    def __init__(self, *words: str) -> None:
        super().__init__("", search_type="raw")
        self.function = "public.search_beginnings"
        self.set_source_expressions([Value(word) for word in words])
