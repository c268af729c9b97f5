"""Deletes pictures that nothing shows any more."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Exists, OuterRef

from bandstand.media.models import Picture


def pictures_delete_unused(numbers: Iterable[int]) -> int:
    """Delete those of the pictures with these keys that no row refers to; return how many. The files go on commit."""
    pictures = Picture.objects.filter(pk__in=list(numbers))
    for relation in Picture._meta.related_objects:  # noqa: SLF001 - Django documents it
        rows = relation.related_model._base_manager  # noqa: SLF001 - also in the trash
        pictures = pictures.exclude(Exists(rows.filter(**{relation.field.name: OuterRef("pk")})))
    unused = list(pictures)
    for picture in unused:
        picture.delete()
    return len(unused)
