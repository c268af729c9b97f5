"""Gives names that look the same to a reader the same key, which rows with unique names store in a column.

`public.name_key` computes the same in SQL, for writes that bypass Python (ADR 40); a test compares the two.
"""

from __future__ import annotations

import re
import unicodedata

from bandstand.content.plain_text import clean_text

# Invisible characters: Unicode's "default ignorable" ones, such as zero-width spaces, joiners, variation selectors and
# direction marks.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# What word processors turn apostrophes and hyphens into; and the Turkish dotless i, whose capital is I.
_SAME = str.maketrans(
    "\u2018\u2019\u201b\u02bc\u2010\u2012\u2013\u2014\u2212\N{LATIN SMALL LETTER DOTLESS I}", "''''-----i"
)
_DOTTED_I = re.compile("i\u0307+")  # the case folding of the Turkish capital \N{LATIN CAPITAL LETTER I WITH DOT ABOVE}


def name_key(text: str) -> str:
    """Return the key of a name, which ignores case, width, spaces and invisible characters.

    Accents count: `Ska` and `Skå` are two names. Empty if nothing in `text` is visible. Source: Unicode, "3.13
    Default Case Algorithms", compatibility caseless matching.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.lower().split())
    folded = unicodedata.normalize("NFKD", clean_text(text)).casefold()
    folded = _DOTTED_I.sub("i", _INVISIBLE.sub("", folded).translate(_SAME))
    return " ".join(unicodedata.normalize("NFKC", folded).split())
