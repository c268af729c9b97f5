"""`manage.py check_tenants`: report schemas that differ from the template, or aren't where they belong."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from bandstand.organizations.distribution import undistributed
from bandstand.organizations.drift import find_drift


class Command(BaseCommand):
    """Exit code 1 when a schema differs, so that automation notices."""

    help = "Report every tenant's schema that has not exactly the tables and columns of the template."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Run it."""
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
        self.stdout.write("Every tenant's schema is as the template says.")
