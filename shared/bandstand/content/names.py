"""When two names are the same to a reader: one key for both, which rows of a unique name keep in a column.

`public.name_key` says the same in SQL, for what is written past Python (ADR 40); a test holds the two equal.
"""

from __future__ import annotations

import re
import unicodedata

from bandstand.content.plain_text import clean_text

# What can't be seen: Unicode's "default ignorable" characters, such as zero-width spaces, joiners, variation selectors
# and marks of direction.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# What word processors make of the apostrophe and the hyphen; and the Turkish i without a dot, whose capital is I.
_SAME = str.maketrans(
    "\u2018\u2019\u201b\u02bc\u2010\u2012\u2013\u2014\u2212\N{LATIN SMALL LETTER DOTLESS I}", "''''-----i"
)
_DOTTED_I = re.compile("i\u0307+")  # what becomes of the Turkish capital \N{LATIN CAPITAL LETTER I WITH DOT ABOVE}


def name_key(text: str) -> str:
    """Return what names that read alike have in common, whatever their case, width, spaces and invisible characters.

    Accents count: `Ska` and `Skå` are two names. Empty where nothing of `text` can be seen. Source: Unicode, "3.13
    Default Case Algorithms", compatibility caseless matching.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.lower().split())
    folded = unicodedata.normalize("NFKD", clean_text(text)).casefold()
    folded = _DOTTED_I.sub("i", _INVISIBLE.sub("", folded).translate(_SAME))
    return " ".join(unicodedata.normalize("NFKC", folded).split())
