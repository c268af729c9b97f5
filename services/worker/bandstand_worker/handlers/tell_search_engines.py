"""Tells search engines of a page that has changed."""

from __future__ import annotations

from bandstand.portals.index_now import row_tell
from bandstand.portals.job_kinds import TELL_SEARCH_ENGINES, TellSearchEngines
from bandstand_worker.registry import handles
from bandstand_worker.run import Run


@handles(TELL_SEARCH_ENGINES)
def tell_search_engines(payload: TellSearchEngines, _run: Run) -> dict[str, bool]:
    return {"told": row_tell(payload.row, was_at=payload.was_at)}
