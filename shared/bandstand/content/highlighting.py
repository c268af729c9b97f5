"""Shows where in a text the words of a query stand: whole texts, or the part of a long one in which they do."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from bandstand.content.names import name_key
from bandstand.content.rendering import plain_text
from bandstand.content.searching import search_words

_EXCERPT = 200  # letters
_BEFORE = 80  # letters of them before the first word that is found
_LONGEST_MARKUP = 400  # letters that are read around it: links and pictures are longer in Markdown than to a reader
_LOOKED_AT = 200  # words of a text are compared by likeness up to this number
_LIKE = 0.4
_WORD = re.compile(r"[^\W_]+(?:[.'\u2019&-]?[^\W_])*")
_PART = re.compile(r"[^\W_]+")
# Markdown that was cut in the middle.
_CUT_LINK, _CUT_MARKS = re.compile(r"!?\[([^\[\]]*)(?:\]\([^\s)]*\)?)?$|\]\([^\s)]*\)?"), re.compile(r"\*\*|__|~~|`")
_LETTERS = str.maketrans(
    {**dict(zip("øłđħŧıðŋ", "oldhtidn", strict=True)), "æ": "ae", "œ": "oe", "þ": "th", "ß": "ss", "\u0640": ""}
)


def folded(word: str) -> str:
    """Return a word as search compares it: without case, accents and symbols, as `public.search_fold` does."""
    key = name_key(word)
    if not key.isascii():
        key = "".join(each for each in unicodedata.normalize("NFD", key) if not unicodedata.combining(each))
        key = unicodedata.normalize("NFC", key.translate(_LETTERS))
    return "".join(filter(str.isalnum, key)) or key


class Highlighter:
    """Marks the words of one query in texts. What it returns is escaped."""

    def __init__(self, query: str) -> None:
        words = search_words(query)
        self._words = [folded(word) for word in words]
        if len(self._words) > 1:
            self._words.append("".join(self._words))

    def mark(self, text: str, *, alike: bool = False) -> SafeString:
        """Return `text` with `<mark>` around what is found; with `alike` around what is similar, where nothing is."""
        spans = list(self._spans(text)) or (list(self._similar(text)) if alike else [])
        parts, at = [], 0
        for start, end in spans:
            parts += [conditional_escape(text[at:start]), format_html("<mark>{}</mark>", text[start:end])]
            at = end
        return mark_safe("".join([*parts, conditional_escape(text[at:])]))  # noqa: S308 # escaped, each of them

    def excerpt(self, text: str, *, language: str = "") -> str:
        """Return the part of a Markdown text in which a word is found, as plain text; empty if there is none."""
        span = next(self._spans(text), None)
        return "" if span is None else _around(text, span[0], language)

    def _spans(self, text: str) -> Iterator[tuple[int, int]]:
        for found in _WORD.finditer(text):
            yield from self._in_word(found[0], found.start())

    def _in_word(self, word: str, at: int) -> Iterator[tuple[int, int]]:
        parts = [part for part in _PART.finditer(word) if self._begins(part[0])]
        if parts:
            yield from ((at + part.start(), at + part.end()) for part in parts)
        elif self._begins(word):  # written with symbols, as R.E.M.
            yield at, at + len(word)
        elif not word.isascii():
            yield from self._within(word, at)

    def _begins(self, word: str) -> bool:
        whole = folded(word)
        return any(whole.startswith(wanted) for wanted in self._words)

    def _within(self, word: str, at: int) -> Iterator[tuple[int, int]]:
        """Yield where in a run of letters without spaces a word stands."""
        whole = folded(word)
        for wanted in self._words:
            if not wanted.isascii() and wanted in whole and len(whole) == len(word):
                start = at + whole.index(wanted)
                yield start, start + len(wanted)
                return

    def _similar(self, text: str) -> Iterator[tuple[int, int]]:
        for _number, found in zip(range(_LOOKED_AT), _WORD.finditer(text), strict=False):
            if any(_likeness(wanted, folded(found[0])) >= _LIKE for wanted in self._words):
                yield found.span()


def beginning(text: str, *, language: str = "") -> str:
    """Return the beginning of a Markdown text as plain text, of which no more is read than that."""
    return _around(text, 0, language) if text else ""


def _around(text: str, at: int, language: str) -> str:
    line = text.rfind("\n", 0, at) + 1
    start = line if at - line <= _BEFORE else _at_space(text, at - _BEFORE, at)
    end = min(len(text), start + _EXCERPT + _LONGEST_MARKUP)
    plain = _CUT_MARKS.sub("", _CUT_LINK.sub(r"\1", plain_text(text[start:end], language=language))).strip()
    cut = plain if len(plain) <= _EXCERPT else plain[:_EXCERPT].rsplit(" ", 1)[0] + "…"
    return f"…{cut}" if start else cut


def _at_space(text: str, start: int, most: int) -> int:
    space = text.find(" ", start, most)
    return start if space < 0 else space + 1


def _likeness(wanted: str, word: str) -> float:
    """Return what `word_similarity` of pg_trgm gives, near enough."""
    ours = _trigrams(wanted)
    return len(ours & _trigrams(word)) / len(ours)


def _trigrams(word: str) -> set[str]:
    padded = f"  {word} "
    return {padded[at : at + 3] for at in range(len(padded) - 2)}
