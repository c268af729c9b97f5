"""The pictures and files of pages. They stay as long as the page does, so that a block can come back with them."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction

from bandstand.content.changes import Change
from bandstand.content.rendering import pictures_named
from bandstand.media.downloads import download_path, downloads_named
from bandstand.media.uses import pictures_named_delete_unused, text_of


def remove_files_of_page(instance: Any, **_kwargs: Any) -> None:
    """Delete the pictures and files of a page that was deleted for good, and those that it had before.

    Receives `post_delete`.
    """
    had = Change.objects.of_kind(type(instance)).filter(object_id=instance.pk).values_list("fields", flat=True)
    texts = [text_of(instance, "blocks"), *map(json.dumps, had)]
    pictures_named_delete_unused({uid for text in texts for uid in pictures_named(text)})
    for name in {name for text in texts for name in downloads_named(text)}:
        transaction.on_commit(partial(default_storage.delete, download_path(name)))
