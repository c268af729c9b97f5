"""Whether the cache of pages for everybody had what a request asked for; for figures and traces."""

from __future__ import annotations

from django.http import HttpRequest

HIT, MISS = "hit", "miss"
_NOTE = "page_cache_outcome"


def note_outcome(request: HttpRequest, outcome: str) -> None:
    """Note HIT or MISS; what is noted last counts."""
    setattr(request, _NOTE, outcome)


def outcome_of(request: HttpRequest) -> str | None:
    """Return HIT or MISS; None if the cache wasn't asked, as the answer may be personal or nothing is kept."""
    return getattr(request, _NOTE, None)
