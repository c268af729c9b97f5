"""Fetches the photos that an import named by their addresses."""

from __future__ import annotations

from datetime import timedelta
from time import monotonic

from bandstand.imports.job_kinds import FETCH_PHOTOS, FetchPhotos
from bandstand.imports.photo_links import photos_fetch
from bandstand_worker.registry import handles
from bandstand_worker.run import RetryLater, Run

AT_ONCE = 300.0  # seconds, after which others have their turn


@handles(FETCH_PHOTOS)
def fetch_photos(payload: FetchPhotos, run: Run) -> None:
    """Fetch one after the other; what was fetched before isn't asked again."""
    end = monotonic() + AT_ONCE
    done = photos_fetch(number=payload.import_id, step=run.progress, may_go_on=lambda: monotonic() < end)
    if not done:
        raise RetryLater(delay=timedelta(seconds=1), counts=False)
