"""Takes the rows of a spreadsheet in, from a file or the web, or refuses it with a sentence for whoever sent it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from bandstand.imports.importing import fetch_linked, import_rows
from bandstand.imports.job_kinds import IMPORT_SPREADSHEET, ImportSpreadsheet
from bandstand.outgoing.links import LinkError
from bandstand.outgoing.problems import FetchError
from bandstand.spreadsheets.formats import SpreadsheetError
from bandstand_worker.registry import handles
from bandstand_worker.run import JobFailed, Run


@handles(IMPORT_SPREADSHEET)
def import_spreadsheet(payload: ImportSpreadsheet, run: Run) -> None:
    """Import with progress; stops between two rows and takes back what was read so far."""
    try:
        content = fetch_linked(number=payload.import_id, step=lambda _bytes: run.check())
        import_rows(number=payload.import_id, content=content, report=run.progress)
    except (LinkError, FetchError, SpreadsheetError) as problem:
        raise JobFailed(str(problem)) from None
    except FileNotFoundError:
        raise JobFailed(_("The file isn't there any more. Please import it again.")) from None
