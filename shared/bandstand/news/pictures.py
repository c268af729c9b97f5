"""The pictures of posts: the one that stands above, and those in the text."""

from __future__ import annotations

from typing import Any

from bandstand.accounts.models import User
from bandstand.content.rendering import PICTURE_SCHEME, pictures_named
from bandstand.media.adding import picture_add
from bandstand.media.models import Picture
from bandstand.media.uses import pictures_delete_unused


def pictures_append(text: str, files: list[Any], *, uploaded_by: User) -> str:
    """Return `text` with these pictures below it. What they show is written there, by people."""
    added = [picture_add(file=file, uploaded_by=uploaded_by) for file in files]
    return "\n\n".join([*filter(None, [text.rstrip()]), *(f"![]({PICTURE_SCHEME}{each.uid})" for each in added)])


def pictures_taken_out(before: str, after: str) -> None:
    """Delete the pictures that `after` has no more, where nothing else uses them."""
    gone = set(pictures_named(before)) - set(pictures_named(after))
    if gone:
        pictures_delete_unused(Picture.objects.filter(uid__in=gone).values_list("pk", flat=True))
