"""`manage.py backup_tenant`: back up one portal."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from bandstand.backups.archives import BackupError
from bandstand.backups.making import backup_tenant
from bandstand.database.connection import no_time_limits
from bandstand.organizations.models import Organization


class Command(BaseCommand):
    """Prints the backup's name for `restore_tenant`."""

    requires_system_checks = ()  # the worker's settings lack what the checks of pages need
    help = "Save one portal: its schema, its files and its rows in `public`, encrypted."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="the portal's name below the platform's host")

    @no_time_limits()
    def handle(self, *_args: Any, **options: Any) -> None:
        organization = Organization.objects.living_here().filter(slug=options["slug"]).first()
        if organization is None:
            raise CommandError(f"No portal {options['slug']} lives here.")
        try:
            self.stdout.write(str(backup_tenant(organization)))
        except BackupError as problem:
            raise CommandError(f"No backup of {organization.slug}: {problem}") from problem
