"""Somebody who renames the band and is killed at a point: `python -m …renaming SCHEMA POINT`.

At the named point of its commit the process says so on standard output and waits to be killed.
"""

from __future__ import annotations

import os
import sys
import time

import django

POINTS = ("before the commit", "after the commit")


def main(schema: str, point: str) -> None:
    """Rename the band; stop at `point`."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bandstand_web.settings")
    django.setup()
    from django_tenants.utils import schema_context  # noqa: PLC0415

    from bandstand.bands.models import Band  # noqa: PLC0415
    from bandstand.database.connection import connection  # noqa: PLC0415

    commit = connection._commit

    def stopped() -> None:
        if point == "after the commit":
            commit()
        sys.stdout.write("reached\n")
        sys.stdout.flush()
        time.sleep(600)

    connection._commit = stopped
    with schema_context(schema):
        Band.objects.update(name="Renamed")


if __name__ == "__main__":
    main(*sys.argv[1:])
