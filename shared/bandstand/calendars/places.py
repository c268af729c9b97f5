"""Takes apart what a calendar says of a place: one line of text, as Google, Apple and Outlook write it, or anybody."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bandstand.content.countries import read_country
from bandstand.content.moments import Unreadable
from bandstand.content.names import name_key
from bandstand.content.plain_text import one_line

_PARTS = re.compile("[\n;,]|\\s[|·•\N{EN DASH}\N{EM DASH}]\\s")
_LINK = re.compile(r"https?://", re.IGNORECASE)
# A postcode before the town, as in Europe: 80331 München, D-80331 München, A-1010 Wien, SE-111 22 Stockholm.
_CODE_AND_TOWN = re.compile(r"(?:[A-Z]{1,3}[- ])?[0-9]{3,6}(?: [0-9]{2})?\s+([^\W\d_].*)")
# Or behind it: London NW1 8AB, Chicago IL 60614; the state alone, too.
_CODE_BEHIND = re.compile(
    r"(.*?)[\s,]*(?:\b[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}|\b(?:[A-Z]{2} )?[0-9]{5}(?:-[0-9]{4})?)"
)
_STATE = re.compile(r"[A-Z]{2}")
_VENUE_CHARACTERS, _ADDRESS_CHARACTERS = 120, 200


@dataclass(frozen=True)
class WrittenPlace:
    """A place as gigs have it; each part may be empty."""

    venue: str = ""
    address: str = ""
    town: str = ""


def read_place(text: str) -> WrittenPlace:
    """Return the venue, which stands first, the street and the town, as far as they can be told apart."""
    parts = _without_repetition([one_line(part) for part in _PARTS.split(text)])
    if not parts or _LINK.match(parts[0]):
        return WrittenPlace()
    venue, rest = parts[0], [part for part in parts[1:] if not _LINK.match(part)]
    if len(rest) > 1 and _is_country(rest[-1]):
        rest.pop()
    town, place = _town_in(rest)
    address = ", ".join(rest[:place])
    return WrittenPlace(venue[:_VENUE_CHARACTERS], address[:_ADDRESS_CHARACTERS], town[:_VENUE_CHARACTERS])


def _town_in(parts: list[str]) -> tuple[str, int]:
    """Return the town and where it stands among the parts; the number of parts if there is none."""
    for place in range(len(parts) - 1, -1, -1):
        if found := _CODE_AND_TOWN.fullmatch(parts[place]):
            return found[1], place
        if found := _CODE_BEHIND.fullmatch(parts[place]):
            before = found[1].strip()
            if before and not _STATE.fullmatch(before):
                return before, place
            return (parts[place - 1], place - 1) if place else ("", len(parts))
    if len(parts) > 1 and _STATE.fullmatch(parts[-1]):
        return parts[-2], len(parts) - 2
    if parts and not re.search("[0-9]", parts[-1]):
        return parts[-1], len(parts) - 1
    return "", len(parts)


def _is_country(text: str) -> bool:
    if len(text) <= 2:  # noqa: PLR2004 - two letters are more often a state than a country
        return False
    try:
        return bool(read_country(text))
    except Unreadable:
        return False


def _without_repetition(parts: list[str]) -> list[str]:
    """Return the parts that say something, each once: some programs write the name in front of an address with it."""
    kept: dict[str, str] = {}
    for part in parts:
        if part:
            kept.setdefault(name_key(part), part)
    return list(kept.values())
