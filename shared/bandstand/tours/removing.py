"""What goes when a tour is deleted for good: the picture, unless something else shows it."""

from __future__ import annotations

from typing import Any

from bandstand.media.uses import pictures_delete_unused
from bandstand.tours.models import Tour


def remove_picture(sender: type[Tour], instance: Tour, **_kwargs: Any) -> None:
    """Delete it with its files. Receives `post_delete`."""
    if instance.picture_id is not None:
        pictures_delete_unused([instance.picture_id])
