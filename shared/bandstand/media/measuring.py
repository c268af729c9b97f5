"""How many bytes a portal's files have, with the room that waiting pictures hold."""

from __future__ import annotations

from django.core.files.storage import default_storage

from bandstand.database.connection import connection
from bandstand.media.folders import bytes_below
from bandstand.media.models import Picture
from bandstand.media.storage import room_for_variants
from bandstand.organizations.plans import Limit
from bandstand.organizations.quotas import meter


def reserved_for(picture: Picture) -> int:
    """Return the bytes that were taken for what the worker will make of a waiting picture."""
    try:
        return room_for_variants(default_storage.size(picture.original))
    except FileNotFoundError:
        return 0


@meter(Limit.STORAGE)
def portal_bytes() -> int:
    """Return the bytes of the current portal. Looks at every file."""
    return bytes_below(connection.schema_name) + sum(map(reserved_for, Picture.objects.waiting()))
