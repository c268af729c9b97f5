"""Fetches the picture before a film."""

from __future__ import annotations

from bandstand.pages.job_kinds import FETCH_POSTER, FetchPoster
from bandstand.pages.posters import poster_fetch
from bandstand_worker.registry import handles
from bandstand_worker.run import Run


@handles(FETCH_POSTER)
def fetch_poster(payload: FetchPoster, _run: Run) -> dict[str, int]:
    """Fetch it, unless the film has been changed or deleted meanwhile."""
    return {"fetched": int(poster_fetch(number=payload.page_id, block=payload.block, address=payload.address))}
