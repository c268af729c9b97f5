"""What goes when a band is deleted for good: its pictures, unless something else shows them."""

from __future__ import annotations

from typing import Any

from bandstand.bands.models import Band, BandPhoto
from bandstand.media.uses import pictures_delete_unused


def remember_pictures(sender: type[Band], instance: Band, **_kwargs: Any) -> None:
    """Note which pictures the band shows. Receives `pre_delete`."""
    gallery = BandPhoto._base_manager.filter(band=instance).values_list("picture_id", flat=True)  # noqa: SLF001 - documented
    instance.pictures_shown = {*gallery, instance.photo_id, instance.logo_id} - {None}  # type: ignore[attr-defined]


def remove_pictures(sender: type[Band], instance: Band, **_kwargs: Any) -> None:
    """Delete them with their files. Receives `post_delete`."""
    pictures_delete_unused(instance.pictures_shown)  # type: ignore[attr-defined]
