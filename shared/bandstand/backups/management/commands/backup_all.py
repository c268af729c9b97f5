"""`manage.py backup_all`: back up the platform and every portal. Meant to run every night."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from bandstand.backups.archives import PLATFORM, BackupError
from bandstand.backups.making import backup_all
from bandstand.backups.restoring import leftovers_delete
from bandstand.database.connection import no_time_limits


class Command(BaseCommand):
    """Exit code 1 when a backup failed; the others are made all the same."""

    requires_system_checks = ()  # the worker's settings lack what the checks of pages need
    help = "Save the platform and every portal, and delete backups that are older than they need be."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--keep-days", type=int, default=30, help="days that backups stay (default: 30)")

    @no_time_limits()
    def handle(self, *_args: Any, **options: Any) -> None:
        if options["keep_days"] < 1:
            raise CommandError("--keep-days must be 1 or more.")
        try:
            leftovers_delete()
            done = backup_all(keep_days=options["keep_days"])
        except BackupError as problem:
            raise CommandError(str(problem)) from problem
        for failure in done.failures:
            self.stderr.write(failure)
        portals = [archive for archive in done.made if archive.slug != PLATFORM]
        saved = "The platform and " if len(portals) < len(done.made) else ""
        self.stdout.write(f"{saved}{len(portals)} portals saved, {len(done.deleted)} old backups deleted.")
        if done.failures:
            raise CommandError(f"{len(done.failures)} of these were not saved.")
