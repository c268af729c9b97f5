"""Search entries of bands are kept by triggers; here is when they do so while many bands are written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def entries_refreshed_at_end() -> Iterator[None]:
    """Refresh the entry of each band of this portal that changes meanwhile once, at the end, not with each row.

    Meanwhile bands aren't found by what is new about them, in this transaction either.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT public.bands_search_wait()")
        yield
        cursor.execute("SELECT public.bands_search_catch_up()")
