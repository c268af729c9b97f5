"""The one place that makes plain text: for calendars, JSON-LD, meta tags, page titles, mails and spreadsheets.

Plain text is never escaped: whoever puts it into HTML does that.
"""

from __future__ import annotations

import re

_LINE_ENDS = re.compile("\r\n?|[\v\f\x85\u2028\u2029]")
# What no reader sees and XML, a terminal or a calendar chokes on: control characters, halves of characters, Unicode's
# noncharacters, the mark of byte order. And what turns the text after it around: embeddings, overrides and isolates of
# direction. The marks of direction themselves stay, and joiners, which Persian, Hindi and emoji need.
_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000))
    + "]"
)


def clean_text(text: str) -> str:
    """Return `text` as it may be stored: each end of a line is one newline, and nothing unwanted is in it."""
    if text.isprintable():
        return text
    return _UNWANTED.sub("", _LINE_ENDS.sub("\n", text))


def one_line(text: str) -> str:
    """Return `text` on one line, for titles, subjects and cells of a calendar."""
    return " ".join(clean_text(text).split())
