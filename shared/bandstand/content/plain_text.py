"""The one place that produces plain text, for calendars, JSON-LD, meta tags, page titles, emails and spreadsheets.

Plain text is never escaped here: escape it when you put it into HTML.
"""

from __future__ import annotations

import re

_LINE_ENDS = re.compile("\r\n?|[\v\f\x85\u2028\u2029]")
# Invisible characters that XML, terminals or calendars choke on: control characters, lone surrogates, Unicode's
# noncharacters, the byte order mark. And those that change the direction of the text after them: bidi embeddings,
# overrides and isolates. Direction marks stay, and so do joiners, which Persian, Hindi and emoji need.
_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000))
    + "]"
)


def clean_text(text: str) -> str:
    """Return `text` as it may be stored, with line endings normalized and unwanted characters removed."""
    if text.isprintable():
        return text
    return _UNWANTED.sub("", _LINE_ENDS.sub("\n", text))


def one_line(text: str) -> str:
    """Return `text` on one line, for titles, subjects and calendar fields."""
    return " ".join(clean_text(text).split())
