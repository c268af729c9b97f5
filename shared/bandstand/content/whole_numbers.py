"""Parses whole numbers in URLs and headers."""

from __future__ import annotations

import re
from typing import Final

BIGGEST: Final = 2**63 - 1  # what PostgreSQL's bigint holds
_WRITTEN = re.compile(r"0|[1-9][0-9]{0,18}")


def whole_number(text: str, *, most: int = BIGGEST) -> int | None:
    """Return the number in `text`, from 0 to `most`; None for anything else.

    Only ASCII digits are accepted. `str.isdigit` accepts "²", which `int` refuses; `int` accepts "1_0", " 1" and "٣",
    and refuses more than 4,300 digits.
    """
    if not _WRITTEN.fullmatch(text):
        return None
    number = int(text)
    return number if number <= most else None
