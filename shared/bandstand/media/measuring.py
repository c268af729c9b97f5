"""Measures a portal's storage, including the space reserved for unprocessed pictures."""

from __future__ import annotations

from django.core.files.storage import default_storage

from bandstand.database.connection import connection
from bandstand.media.folders import bytes_below
from bandstand.media.models import Picture
from bandstand.media.storage import room_for_variants
from bandstand.organizations.plans import Limit
from bandstand.organizations.quotas import meter


def reserved_for(picture: Picture) -> int:
    """Return the bytes reserved for the variants of an unprocessed picture."""
    try:
        return room_for_variants(default_storage.size(picture.original))
    except FileNotFoundError:
        return 0


@meter(Limit.STORAGE)
def portal_bytes() -> int:
    """Return the current portal's storage use in bytes. Checks every file."""
    return bytes_below(connection.schema_name) + sum(map(reserved_for, Picture.objects.waiting()))
