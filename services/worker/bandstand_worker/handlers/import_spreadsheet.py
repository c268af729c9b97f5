"""Reads a spreadsheet from a file or the web: previews the import, or carries it out once a person has confirmed it."""

from __future__ import annotations

from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryDirectory

from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from bandstand.imports.importing import fetch_linked, import_to_read
from bandstand.imports.job_kinds import IMPORT_SPREADSHEET, ImportSpreadsheet
from bandstand.imports.models import SpreadsheetImport
from bandstand.imports.reading import rows_preview, rows_store
from bandstand.organizations.quotas import LimitReachedError
from bandstand.outgoing.links import LinkError
from bandstand.outgoing.problems import FetchError
from bandstand.spreadsheets.tables import SpreadsheetError
from bandstand_worker.importing_for import importing_for
from bandstand_worker.registry import handles
from bandstand_worker.run import JobFailed, Run
from bandstand_worker.spreadsheet_opening import opened


@handles(IMPORT_SPREADSHEET)
def import_spreadsheet(payload: ImportSpreadsheet, run: Run) -> None:
    """Read with progress, in the uploader's language; an import that is stopped half-way is rolled back."""
    waiting = import_to_read(payload.import_id)
    if waiting is None:
        return
    with importing_for(waiting.uploaded_by, waiting.language):
        try:
            _carry_out(waiting, run)
        except (LinkError, FetchError, SpreadsheetError) as problem:
            raise JobFailed(str(problem)) from None
        except LimitReachedError as problem:
            raise JobFailed(" ".join(problem.messages)) from None
        except FileNotFoundError:
            raise JobFailed(_("The file isn't there any more. Please import it again.")) from None


def _carry_out(waiting: SpreadsheetImport, run: Run) -> None:
    with TemporaryDirectory(prefix="bandstand-spreadsheet-") as folder:
        source = Path(folder) / "source"
        fetched = None
        if waiting.is_linked:
            fetched = fetch_linked(waiting.link, step=lambda _bytes: run.check())
            source.write_bytes(fetched)
        else:
            with default_storage.open(waiting.path) as original, source.open("wb") as copy:
                copyfileobj(original, copy)
        with opened(source, step=run.check) as table:
            if waiting.confirmed_at is None:
                rows_preview(number=waiting.pk, table=table, report=run.progress, fetched=fetched)
            else:
                rows_store(number=waiting.pk, table=table, report=run.progress)
