"""Files that a person hands in for a job to read, spreadsheets and calendars, while their rows refer to them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from bandstand.media.storage import new_spreadsheet_path


def size_check(file: File[Any], most: int) -> None:
    """Raise ValidationError, with a message for the uploader, if `file` has more than `most` bytes."""
    if file.size > most:
        raise ValidationError(
            _("This file is %(size)s. Choose one of up to %(limit)s."),
            code="size",
            params={"size": filesizeformat(file.size), "limit": filesizeformat(most)},
        )


@contextmanager
def file_stored(file: File[Any]) -> Iterator[str]:
    """Store `file` and give its path to the block, which writes the row that refers to it; if that fails, delete it."""
    path = default_storage.save(new_spreadsheet_path(), file)
    try:
        yield path
    except BaseException:
        default_storage.delete(path)  # no row refers to the file, so it would never be deleted
        raise


def delete_on_commit(path: str) -> None:
    """Delete a stored file, if there is one, when the transaction commits."""
    if path:
        transaction.on_commit(partial(default_storage.delete, path))
