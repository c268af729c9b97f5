"""What an email quotes of those before it: put below an answer, and told from what somebody wrote."""

from __future__ import annotations

import re

# Lines that programs put above what they quote without marking each line.
_SEPARATOR = re.compile(
    r"-{2,}\s*(original message|forwarded message|ursprüngliche nachricht|weitergeleitete nachricht)\s*-{2,}|_{20,}",
    re.IGNORECASE,
)
_BEGINS_ATTRIBUTION = re.compile(r"(on|am|le|el|il|op)\s", re.IGNORECASE)


def quoted(text: str) -> str:
    """Return the text as an email quotes it."""
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def split_quote(text: str) -> tuple[str, str]:
    """Return what somebody wrote, and what their program quoted below it. Where nothing would remain, all is theirs."""
    lines = text.split("\n")
    start = _start_of_quote(lines)
    own = "\n".join(lines[:start]).rstrip()
    return (own, "\n".join(lines[start:]).strip("\n")) if own.strip() else (text.strip("\n"), "")


def _start_of_quote(lines: list[str]) -> int:
    for number, line in enumerate(lines):
        if _SEPARATOR.fullmatch(line.strip()):
            return number
    start = len(lines)
    while start and (lines[start - 1].startswith(">") or not lines[start - 1].strip()):
        start -= 1
    if not any(line.startswith(">") for line in lines[start:]):
        return len(lines)
    # "On Friday, Ira wrote:", which may be broken into two lines
    if start and lines[start - 1].rstrip().endswith(":"):
        start -= 1
        if start and not _BEGINS_ATTRIBUTION.match(lines[start]) and _BEGINS_ATTRIBUTION.match(lines[start - 1]):
            start -= 1
    return start
