"""Detects secret keys that aren't secret: published ones, and placeholders typed by hand."""

from __future__ import annotations

import re
from typing import Final

MIN_LENGTH: Final = 50
FEWEST_CHARACTERS: Final = 10  # a random key of 50 hexadecimal digits has 15 or 16 different ones
DEVELOPMENT_SECRET: Final = "insecure-development-key-never-used-in-production"  # noqa: S105 # no password
# Used in compose.yaml of the first releases.
_PUBLISHED = {DEVELOPMENT_SECRET, "for-trying-it-out-on-one-machine-and-for-nothing-else-at-all"}
_WORDS = re.compile(r"[a-z]+([-_. ][a-z]+)+[.!]?", re.IGNORECASE)
_PLACEHOLDERS = re.compile(
    r"insecure|change.?me|change.?this|replace|placeholder|example|your.?(secret|key)|secret.?key|password|"
    r"trying.?it.?out|^<.*>$|^\$\{|^\{\{",
    re.IGNORECASE,
)


def is_known(key: str) -> bool:
    """Return whether `key` is published, consists of words, or has too few different characters to be random."""
    return (
        key in _PUBLISHED
        or bool(_WORDS.fullmatch(key) or _PLACEHOLDERS.search(key))
        or len(set(key)) < FEWEST_CHARACTERS
    )
