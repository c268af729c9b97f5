"""Kinds of jobs about pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from bandstand.jobs.kinds import Kind, Queue, Retry


@dataclass(frozen=True)
class FetchPoster:
    page_id: int
    block: str
    address: str


FETCH_POSTER = Kind(
    "pages.fetch_poster",
    FetchPoster,
    title=_("Fetch a film's picture"),
    queue=Queue.BULK,
    time_limit=timedelta(minutes=3),
    retry=Retry(attempts=3),
    visible_to="pages.view_page",
)
