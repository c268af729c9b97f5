"""What goes when a gig is deleted for good: its poster, unless something else shows it."""

from __future__ import annotations

from typing import Any

from bandstand.gigs.models import Gig
from bandstand.media.uses import pictures_delete_unused


def remove_poster(sender: type[Gig], instance: Gig, **_kwargs: Any) -> None:
    """Delete it with its files. Receives `post_delete`."""
    if instance.picture_id is not None:
        pictures_delete_unused([instance.picture_id])
