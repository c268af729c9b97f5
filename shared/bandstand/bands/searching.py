"""Finding bands by what people type: parts of names, other spellings, no accents, no dots.

Each word of the query has to match the band's name, genres, members or town: as the beginning of a word (full-text
index), as a part of one in scripts that set no spaces, or by likeness (trigram index), which forgives typos. Both
indexes stand on the table of search entries. What is typed is folded by the same functions in the database that fold
the entries (ADR 40).
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
SHORTEST_LIKENESS = 4  # shorter words have too few trigrams to be alike by more than chance
# Scripts that set no space between words, or mean a whole word by one sign: any part of a name is looked for.
_WITHOUT_SPACES = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2600-\ud7ff\uf900-\uffef\U00010000-\U0010ffff]"
)


def search_words(query: str) -> list[str]:
    """Return the words of `query` that are searched for; signs between words aren't, but by themselves they are."""
    words = clean_text(query[:QUERY_MAX_LENGTH]).split()
    return ([word for word in words if any(map(_is_letter, word))] or words)[:WORDS_MAX]


def search_bands(bands: BandQuerySet, query: str) -> BandQuerySet:
    """Return those of `bands` that `query` finds, the best first; all of them where `query` has no words.

    Costs one query more than `bands` only where nothing matches well: then the likest names are looked for.
    """
    words = search_words(query)
    if not words:
        return bands
    found = _matching(bands, words)
    return found if found.exists() else _alike(bands, words)


def having_part(bands: BandQuerySet, query: str) -> BandQuerySet:
    """Return those of `bands` with each word of `query` in what they are found by; in the order they have."""
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
    """A word that others may be like."""

    template = "public.search_likeness(%(expressions)s)"


class Beginnings(SearchQuery):
    """What a full-text vector is asked for: words that begin with each of these."""

    def __init__(self, *words: str) -> None:
        super().__init__("", search_type="raw")
        self.function = "public.search_beginnings"
        self.set_source_expressions([Value(word) for word in words])
