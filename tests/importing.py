"""A spreadsheet on its whole way, in the entered portal: handed in, read by the worker's child, confirmed, stored."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.files.base import ContentFile

from bandstand.accounts.models import User
from bandstand.imports.importing import import_begin, import_confirm
from bandstand.imports.models import SpreadsheetImport
from bandstand.imports.reading import rows_preview, rows_store
from bandstand_worker.spreadsheet_opening import opened


def import_through(*, subject: str, content: bytes | str, by: User) -> SpreadsheetImport:
    """Return the import with what became of its rows."""
    data = content.encode() if isinstance(content, str) else content
    begun = import_begin(subject=subject, file=ContentFile(data, name="rows.csv"), uploaded_by=by)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rows"
        path.write_bytes(data)
        with opened(path, step=lambda: None) as table:
            rows_preview(number=begun.pk, table=table, report=lambda _done, _all: None)
            import_confirm(number=begun.pk, answers={}, by=by)
            rows_store(number=begun.pk, table=table, report=lambda _done, _all: None)
    return SpreadsheetImport.objects.get(pk=begun.pk)
