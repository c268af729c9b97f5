"""The pictures of pages. They stay as long as the page does, so that a block can come back with its picture."""

from __future__ import annotations

import json
from typing import Any

from bandstand.content.changes import Change
from bandstand.content.rendering import pictures_named
from bandstand.media.uses import pictures_named_delete_unused, text_of


def remove_pictures_of_page(instance: Any, **_kwargs: Any) -> None:
    """Delete the pictures of a page that was deleted for good: also those that it had. Receives `post_delete`."""
    had = Change.objects.of_kind(type(instance)).filter(object_id=instance.pk).values_list("fields", flat=True)
    texts = [text_of(instance, "blocks"), *map(json.dumps, had)]
    pictures_named_delete_unused({uid for text in texts for uid in pictures_named(text)})
