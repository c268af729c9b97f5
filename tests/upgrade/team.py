"""What goes on besides reading, by code of either version: `python tests/upgrade/team.py COMMAND …`."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import django

django.setup()

from django_tenants.utils import tenant_context  # noqa: E402

from bandstand.accounts.models import User  # noqa: E402
from bandstand.bands.models import Band, Member  # noqa: E402
from bandstand.jobs.enqueueing import enqueue  # noqa: E402
from bandstand.jobs.job_kinds import PRUNE_JOBS, PruneJobs  # noqa: E402
from bandstand.organizations.models import Organization  # noqa: E402

try:
    from bandstand.tenancy.provisioning import organization_create
except ModuleNotFoundError:  # a release from before tenancy had a room of its own
    from bandstand.organizations.provisioning import organization_create  # type: ignore[no-redef]


def sign_up(slug: str) -> Organization:
    """Return a new portal with a few bands."""
    owner = User.objects.create_user(f"{slug}@example.org", name=slug)
    made = organization_create(name=slug, slug=slug, owner=owner)
    with tenant_context(made):
        for number in range(5):
            Band.objects.create(name=f"band{number}", slug=f"band{number}", is_published=True)
    return made


def portals(count: str) -> None:
    """Make so many portals."""
    for number in range(int(count)):
        sys.stdout.write(f"{sign_up(f'portal{number}').host}\n")


def line_up(band: Band, turn: int) -> int:
    """Write members by each way of the ORM, one name in many bands; return how many are left."""
    known, renamed = Member.objects.bulk_create([Member(band=band, name="Kim"), Member(band=band, name=f"Lou {turn}")])
    gone = Member.objects.create(band=band, name="Max")
    renamed.name = f"Renamed {turn}"
    renamed.save()
    Member.objects.filter(pk=known.pk).update(role="choir")
    gone.delete()
    return 2


def work(name: str, until: str) -> None:
    """Write bands and members, ask for jobs, now and then sign a portal up, until there is a file `until`.

    Tells what was done.
    """
    everyone = list(Organization.objects.order_by("pk"))
    done = {"bands": 0, "members": 0, "jobs": 0, "portals": 0}
    while not Path(until).exists():
        turn = done["bands"]
        with tenant_context(everyone[turn % len(everyone)]):
            band = Band.objects.create(name=f"{name} {turn}", slug=f"{name}-{turn}", is_published=True)
            done["members"] += line_up(band, turn)
        done["bands"] += 1
        enqueue(PRUNE_JOBS, PruneJobs(), organization=None, key=f"{name}-{turn}", created_by="upgrade")
        done["jobs"] += 1
        if turn % 10 == 0:
            sign_up(f"{name}{turn}")
            done["portals"] += 1
        time.sleep(0.1)
    sys.stdout.write(json.dumps(done))


if __name__ == "__main__":
    {"portals": portals, "work": work}[sys.argv[1]](*sys.argv[2:])
