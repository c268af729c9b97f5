"""Portals to move, made in a cell. Each has bands, files, jobs that wait, and marks."""

from __future__ import annotations

import os
import sys
from datetime import timedelta


def main(bands: str, files: str, *slugs: str) -> None:
    from django.core.files.base import ContentFile  # noqa: PLC0415
    from django.core.files.storage import default_storage  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415
    from django_tenants.utils import tenant_context  # noqa: PLC0415

    from bandstand.accounts import roles  # noqa: PLC0415
    from bandstand.accounts.models import User  # noqa: PLC0415
    from bandstand.bands.models import Band  # noqa: PLC0415
    from bandstand.jobs.enqueueing import enqueue  # noqa: PLC0415
    from bandstand.jobs.models import ScheduleMark  # noqa: PLC0415
    from bandstand.media.job_kinds import PROCESS_PICTURE, ProcessPicture  # noqa: PLC0415
    from bandstand.media.models import Picture  # noqa: PLC0415
    from bandstand.media.storage import new_original_path  # noqa: PLC0415
    from bandstand.tenancy.provisioning import organization_create  # noqa: PLC0415

    owner, made = User.objects.get_or_create(email="dora@example.org")
    if made:
        owner.set_password("a-long-password")
        owner.save()
    for slug in slugs:
        organization = organization_create(name=slug.title(), slug=slug, owner=owner)
        with tenant_context(organization):
            bob = User(email="bob@example.org")  # owners log in at the platform, managers at the portal
            bob.set_password("a-long-password")
            bob.save()
            bob.emailaddress_set.create(email=bob.email, verified=True, primary=True)
            roles.assign(bob, roles.MANAGER)
            Band.objects.bulk_create(
                Band(name=f"Band {number}", slug=f"band-{number}", biography="Tab\t, slash \\, line\nand ö")
                for number in range(int(bands))
            )
            for number in range(int(files)):
                path = default_storage.save(new_original_path(), ContentFile(os.urandom(2_000) + bytes([number])))
                picture = Picture.objects.create(original=path)
            enqueue(
                PROCESS_PICTURE,
                ProcessPicture(picture.pk),
                organization=organization,
                delay=timedelta(hours=1),
                key="k",
            )
        ScheduleMark.objects.create(organization=organization, schedule="send-digest", due_at=timezone.now())


if __name__ == "__main__":
    main(*sys.argv[1:])
