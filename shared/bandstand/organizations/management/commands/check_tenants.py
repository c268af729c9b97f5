"""`manage.py check_tenants`: report drifted or undistributed schemas, and teams with the wrong owners."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from bandstand.organizations.distribution import undistributed
from bandstand.organizations.drift import find_drift
from bandstand.organizations.models import Organization
from bandstand.organizations.owners import differing_owners


class Command(BaseCommand):
    """Exit code 1 if a schema differs, for automation."""

    help = "Report tenants' schemas that differ from the template, and teams whose owners aren't the portal's."

    def handle(self, *_args: Any, **_options: Any) -> None:
        found = find_drift()
        for drift in found:
            self.stderr.write(str(drift))
        if found:
            raise CommandError(
                f"{len(found)} schemas differ from the template. Run `manage.py migrate`, then look again."
            )
        waiting = undistributed() if settings.CITUS else []
        for organization in waiting:
            self.stderr.write(f"{organization.schema_name}: {organization.slug} isn't spread over the cluster")
        if waiting:
            raise CommandError(f"{len(waiting)} schemas aren't spread. Run `manage.py distribute_tenants`.")
        self._check_owners()
        self.stdout.write("Every tenant's schema is as the template says.")

    def _check_owners(self) -> None:
        differing = 0
        for organization in Organization.objects.in_use().order_by("pk"):
            if addresses := differing_owners(organization):
                differing += 1
                self.stderr.write(
                    f"{organization.slug}: {', '.join(addresses)} own it at the platform or on the team alone"
                )
        for organization in Organization.objects.behind_in_another_cell().order_by("pk"):
            differing += 1
            self.stderr.write(f"{organization.slug}: the cell {organization.cell} doesn't have its newest owners yet")
        if differing:
            raise CommandError(f"{differing} portals don't have the owners that the platform knows.")
