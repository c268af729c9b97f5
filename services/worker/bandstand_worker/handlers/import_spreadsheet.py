"""Takes the rows of a spreadsheet in, or refuses the file with a sentence for whoever handed it in."""

from __future__ import annotations

from django.utils.translation import gettext as _

from bandstand.imports.importing import import_rows
from bandstand.imports.job_kinds import IMPORT_SPREADSHEET, ImportSpreadsheet
from bandstand.spreadsheets.formats import SpreadsheetError
from bandstand_worker.registry import handles
from bandstand_worker.run import JobFailed, Run


@handles(IMPORT_SPREADSHEET)
def import_spreadsheet(payload: ImportSpreadsheet, run: Run) -> None:
    """Import with progress; stops between two rows and takes back what was read so far."""
    try:
        import_rows(number=payload.import_id, report=run.progress)
    except SpreadsheetError as problem:
        raise JobFailed(str(problem)) from None
    except FileNotFoundError:
        raise JobFailed(_("The file isn't there any more. Please import it again.")) from None
