"""Kinds of jobs about imports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from bandstand.jobs.kinds import Kind, Queue, Retry


@dataclass(frozen=True)
class ImportSpreadsheet:
    import_id: int


IMPORT_SPREADSHEET = Kind(
    "imports.import_spreadsheet",
    ImportSpreadsheet,
    title=_("Import a spreadsheet"),
    time_limit=timedelta(minutes=10),
    retry=Retry(attempts=3),
    visible_to="imports.view_spreadsheetimport",
    version=2,  # an older worker would store the rows without a preview
    upgrades={1: lambda payload: payload},
)


@dataclass(frozen=True)
class FetchPhotos:
    import_id: int


FETCH_PHOTOS = Kind(
    "imports.fetch_photos",
    FetchPhotos,
    title=_("Fetch photos of an import"),
    queue=Queue.BULK,
    time_limit=timedelta(minutes=10),
    retry=Retry(attempts=5),
    visible_to="imports.view_spreadsheetimport",
)


@dataclass(frozen=True)
class TellOfFailure:
    """The import's job that failed, and its `fence` then, which grows with each attempt."""

    job_id: int
    fence: int


# Enqueued by a trigger, in the transaction that lets the import's job fail: see jobs/migrations/0004.
TELL_OF_FAILURE = Kind("imports.tell_of_failure", TellOfFailure, title=_("Tell of a failed import"), brief=True)
