"""Adds, selects, orders and deletes a band's pictures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Max

from bandstand.accounts.models import User
from bandstand.bands.models import Band, BandPhoto
from bandstand.content.fields import LAST_POSITION
from bandstand.media.adding import picture_add
from bandstand.media.models import Picture
from bandstand.media.uses import pictures_delete_unused
from bandstand.organizations.storage_use import uncounted


def gallery_add(*, band: Band, files: Sequence[File[Any]], uploaded_by: User | None = None) -> list[BandPhoto]:
    """Return new photos at the end of the band's gallery; the first becomes the main picture if the band has none.

    Adds all or none. Raises ValidationError if one of `files` is too large or isn't a picture, and LimitReachedError
    if there isn't room for all of them.
    """
    pictures: list[Picture] = []
    try:
        with transaction.atomic():
            pictures.extend(picture_add(file=file, uploaded_by=uploaded_by) for file in files)
            last = band.gallery.aggregate(last=Max("position"))["last"] or 0
            if last + len(pictures) > LAST_POSITION:  # positions were set by hand and have run out
                last = len(gallery_order(photos=band.gallery.order_by("position", "pk")))
            photos = [
                band.gallery.create(picture=picture, position=number)
                for number, picture in enumerate(pictures, start=last + 1)
            ]
            if photos and band.photo_id is None:
                _set(band, photo=photos[0].picture)
            return photos
    except BaseException:
        for picture in pictures:  # the count is rolled back with the rows, so delete the files uncounted
            with uncounted():
                default_storage.delete(picture.original)
        raise


def gallery_order(*, photos: Iterable[BandPhoto]) -> list[BandPhoto]:
    """Return the photos after saving this order."""
    photos = list(photos)
    for number, photo in enumerate(photos, start=1):
        photo.position = number
    BandPhoto.objects.bulk_update(photos, ["position"])
    return photos


def gallery_choose(*, photo: BandPhoto, as_logo: bool = False) -> Band:
    """Return the band with `photo` as its main picture, or as its logo."""
    return _set(photo.band, **{"logo" if as_logo else "photo": photo.picture})


def gallery_remove(*, photo: BandPhoto) -> Band:
    """Take `photo` from its band, and return the band; if it was the main picture, the next one takes its place.

    Its picture is deleted with the files, unless something else uses it.
    """
    with transaction.atomic():
        band, number = photo.band, photo.picture_id
        photo.delete()
        if band.photo_id == number:
            following = band.gallery.shown().select_related("picture").first()
            _set(band, photo=following.picture if following else None)
        if band.logo_id == number:
            _set(band, logo=None)
        pictures_delete_unused([number])
        return band


def _set(band: Band, **pictures: Any) -> Band:
    for place, picture in pictures.items():
        setattr(band, place, picture)
    band.save(update_fields=[*pictures, "updated_at"])
    return band
