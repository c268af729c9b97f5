"""`manage.py check_tenants`: report drifted or undistributed schemas, silent nodes, and teams with the wrong owners."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from bandstand.organizations.models import Organization
from bandstand.organizations.owners import differing_owners
from bandstand.tenancy.drift import find_drift
from bandstand.tenancy.nodes import schemas_out_of_reach, silent_nodes
from bandstand.tenancy.spreading import undistributed


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
        unreachable = self._check_nodes()
        waiting = undistributed() if settings.CITUS else []
        for organization in waiting:
            self.stderr.write(f"{organization.schema_name}: {organization.slug} isn't spread over the cluster")
        if waiting:
            raise CommandError(f"{len(waiting)} schemas aren't spread. Run `manage.py distribute_tenants`.")
        self._check_owners(besides=unreachable)
        if unreachable:
            raise CommandError(f"{len(unreachable)} portals can't be reached: their nodes don't answer.")
        self.stdout.write("Every tenant's schema is as the template says.")

    def _check_nodes(self) -> dict[str, str]:
        """Name the nodes that don't answer; return the schemas that can't be reached, and their nodes."""
        unreachable = schemas_out_of_reach()
        for node in silent_nodes():
            count = list(unreachable.values()).count(node)
            self.stderr.write(f"{node} doesn't answer: a node of the cluster, with the rows of {count} portals")
        return unreachable

    def _check_owners(self, *, besides: Collection[str]) -> None:
        differing = 0
        for organization in Organization.objects.in_use().exclude(schema_name__in=besides).order_by("pk"):
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
