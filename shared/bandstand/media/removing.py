"""Deletes a picture's files once the deletion of its row is committed, whatever deleted it."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction

from bandstand.media.measuring import reserved_for
from bandstand.media.models import Picture
from bandstand.organizations.storage_use import bytes_give_back


def remove_files_of(sender: type[Picture], instance: Picture, **_kwargs: Any) -> None:
    """Delete the picture's files on commit. Receives `post_delete`."""
    if instance.state == Picture.State.WAITING:
        bytes_give_back(reserved_for(instance))
    paths = [instance.original, *(path for widths in instance.variants.values() for path in widths.values())]
    transaction.on_commit(partial(_remove, paths))


def _remove(paths: list[str]) -> None:
    for path in filter(None, paths):
        default_storage.delete(path)
