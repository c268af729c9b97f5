"""Fetches the photos that an import listed by URL."""

from __future__ import annotations

from datetime import timedelta
from time import monotonic

from bandstand.imports.job_kinds import FETCH_PHOTOS, FetchPhotos
from bandstand.imports.photo_links import photos_fetch
from bandstand_worker.registry import handles
from bandstand_worker.run import RetryLater, Run

AT_ONCE = 300.0  # seconds, after which other jobs get their turn


@handles(FETCH_PHOTOS)
def fetch_photos(payload: FetchPhotos, run: Run) -> None:
    """Fetch one photo after the other, skipping those fetched before."""
    end = monotonic() + AT_ONCE
    done = photos_fetch(number=payload.import_id, step=run.progress, may_go_on=lambda: monotonic() < end)
    if not done:
        raise RetryLater(delay=timedelta(seconds=1), counts=False)
