"""`manage.py restore_all`: rebuild an empty installation from its backups."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from bandstand.backups.archives import BackupError, archive_named
from bandstand.backups.rebuilding import restore_all
from bandstand.database.connection import no_time_limits


class Command(BaseCommand):
    """Exit code 1 when it refused, or a portal couldn't be restored. If interrupted, run it again to resume."""

    requires_system_checks = ()  # the worker's settings lack what the checks of pages need
    help = (
        "Rebuild an empty, migrated installation from its backups: accounts, organizations, domains and jobs, then "
        "every portal. Run it with the owner's address in DATABASE_URL, as `migrate`."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--platform", help="name of an older backup of the platform, such as _platform/20261124T….tar.gz.age"
        )

    @no_time_limits()
    def handle(self, *_args: Any, **options: Any) -> None:
        begun = time.monotonic()
        try:
            platform = archive_named(options["platform"]) if options["platform"] else None
            done = restore_all(platform=platform, report=self._say)
        except BackupError as problem:
            raise CommandError(str(problem)) from problem
        seconds = time.monotonic() - begun
        self.stdout.write(f"{len(done.portals)} portals are back, {len(done.failures)} are not, {seconds:.1f} s.")
        if done.failures:
            for failure in done.failures:
                self.stderr.write(failure)
            raise CommandError(f"{len(done.failures)} portals are not back: see above, and run it again.")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
