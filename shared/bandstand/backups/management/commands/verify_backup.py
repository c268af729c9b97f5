"""`manage.py verify_backup`: verify backups by restoring them into a scratch schema."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from bandstand.backups.archives import PLATFORM, BackupError, archive_named
from bandstand.backups.rebuilding import installed_at, verify_platform
from bandstand.backups.restoring import portals_latest_archive, verify_backup
from bandstand.database.connection import no_time_limits
from bandstand.organizations.models import Organization


class Command(BaseCommand):
    """Exit code 1 when a backup is missing, too old, or doesn't restore to the same data."""

    requires_system_checks = ()  # the worker's settings lack what the checks of pages need
    help = "Restore backups into a scratch schema, compare every table and file, and leave nothing behind."

    def add_arguments(self, parser: CommandParser) -> None:
        everything = "without any, the newest of the platform and of every portal"
        parser.add_argument("backups", nargs="*", help=f"slugs, {PLATFORM}, or names of backups; {everything}")
        parser.add_argument("--sample", type=int, help="of all portals, take this many at random")
        parser.add_argument("--max-age-hours", type=int, help="an older backup is as bad as none")

    @no_time_limits()
    def handle(self, *_args: Any, **options: Any) -> None:
        failures = 0
        wanted = options["backups"] or [*self._platform(options), *self._portals(options)]
        for named in wanted:
            try:
                self._verify(named, options["max_age_hours"])
            except BackupError as problem:
                failures += 1
                self.stderr.write(str(problem))
        if failures:
            raise CommandError(f"{failures} backups don't prove good.")
        self.stdout.write(f"{len(wanted)} backups were proven.")

    def _platform(self, options: dict[str, Any]) -> list[str]:
        """Return the platform's name, unless it is too young to have a backup."""
        hours = options["max_age_hours"]
        return [] if hours and installed_at() > timezone.now() - timedelta(hours=hours) else [PLATFORM]

    def _portals(self, options: dict[str, Any]) -> list[str]:
        """Return the slugs of portals that are old enough to have a backup."""
        existing = Organization.objects.living_here()
        if options["max_age_hours"]:
            existing = existing.filter(created_at__lt=timezone.now() - timedelta(hours=options["max_age_hours"]))
        chosen = existing.order_by("?")[: options["sample"]] if options["sample"] else existing.order_by("slug")
        return list(chosen.values_list("slug", flat=True))

    def _verify(self, named: str, max_age_hours: int | None) -> None:
        archive = archive_named(named) if "/" in named else portals_latest_archive(named)
        if max_age_hours and archive.taken_at < timezone.now() - timedelta(hours=max_age_hours):
            raise BackupError(f"{archive} is older than {max_age_hours} hours: nightly backups don't run.")
        done = verify_platform(archive) if archive.slug == PLATFORM else verify_backup(archive)
        self.stdout.write(
            f"{archive} is good: {done.rows} rows in {done.tables} tables, {done.files} files, {done.seconds:.1f} s."
        )
