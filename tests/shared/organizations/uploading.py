"""A process that stores files: `python -m tests.shared.organizations.uploading SCHEMA COUNT` says how many it could."""

from __future__ import annotations

import sys

import django

django.setup()

from django.core.files.base import ContentFile  # noqa: E402
from django.core.files.storage import default_storage  # noqa: E402
from django_tenants.utils import tenant_context  # noqa: E402

from bandstand.media.storage import new_spreadsheet_path  # noqa: E402
from bandstand.organizations.models import Organization  # noqa: E402
from bandstand.organizations.quotas import LimitReachedError  # noqa: E402


def upload(schema: str, count: int) -> int:
    """Store `count` files of 100,000 bytes, and return how many there was room for."""
    done = 0
    with tenant_context(Organization.objects.get(schema_name=schema)):
        for _number in range(count):
            try:
                default_storage.save(new_spreadsheet_path(), ContentFile(bytes(100_000)))
            except LimitReachedError:
                continue
            done += 1
    return done


if __name__ == "__main__":
    sys.stdout.write(str(upload(sys.argv[1], int(sys.argv[2]))))
