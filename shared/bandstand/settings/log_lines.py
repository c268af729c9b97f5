"""One event, one line: what strangers sent can't begin another, nor tell a terminal what to do."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any

# Control characters (C0, DEL, C1), line separators, and marks that turn the direction of writing, by which a line reads
# otherwise than it is. Source: Unicode Technical Report 36, "Bidirectional Text Spoofing".
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# Tracebacks have lines of their own, made by the renderer or below it.
_HAVE_LINES = {"exception", "stack"}


def printable(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Return the event with unprintable characters of its texts written as escapes. A processor of structlog."""
    for name, value in event.items():
        if isinstance(value, str) and name not in _HAVE_LINES:
            event[name] = _UNPRINTABLE.sub(_escape, value)
    return event


def _escape(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")
