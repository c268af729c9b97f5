"""Decodes text files of unknown encoding, as spreadsheets and calendars come. Imports no settings."""

from __future__ import annotations

import codecs
import re

_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff\ud800-\udfff]")
_LOOKED_AT = 4096


class UndecodableError(ValueError):
    """The bytes are no text."""


def decoded(content: bytes) -> tuple[str, bool]:
    """Return the text, and whether its encoding was guessed. Raises UndecodableError.

    Anything but UTF is decoded as Windows-1252, the default of Windows' programs in Western Europe.
    """
    try:
        return content.decode(_unicode_of(content)), False
    except UnicodeDecodeError:
        pass
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError:
        raise UndecodableError from None
    if _CONTROLS.search(text[:_LOOKED_AT]):
        raise UndecodableError
    return text, True


def _unicode_of(content: bytes) -> str:
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(mark):
            return name
    head = content[:_LOOKED_AT]
    if len(head) >= 4 and len(head) % 2 == 0:  # noqa: PLR2004 - two characters
        half = len(head) // 2
        # Without a byte order mark: in UTF-16 every second byte of Western text is zero.
        for name, zeros in (("utf-16-le", head[1::2]), ("utf-16-be", head[::2])):
            if zeros.count(0) > half * 0.7:
                return name
    return "utf-8"
