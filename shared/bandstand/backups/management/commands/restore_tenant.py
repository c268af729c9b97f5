"""`manage.py restore_tenant`: restore a portal from a backup."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from bandstand.backups.archives import BackupError, archive_named
from bandstand.backups.restoring import portals_latest_archive, restore_tenant
from bandstand.database.connection import no_time_limits


class Command(BaseCommand):
    """Restores everything or nothing."""

    requires_system_checks = ()  # the worker's settings lack what the checks of pages need
    help = "Bring a portal back from a backup: schema, files, domains and owners. Interrupted, it changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("backup", help="a portal's slug, for its newest backup, or the name of a backup")
        parser.add_argument("--slug", help="restore under this slug instead of its own")
        parser.add_argument("--replace", action="store_true", help="replace the contents of the portal of that slug")

    @no_time_limits()
    def handle(self, *_args: Any, **options: Any) -> None:
        named = options["backup"]
        try:
            archive = archive_named(named) if "/" in named else portals_latest_archive(named)
            self.stdout.write(f"Restoring {archive}.")
            done = restore_tenant(archive, slug=options["slug"], replace=options["replace"])
        except BackupError as problem:
            raise CommandError(str(problem)) from problem
        for domain in done.left_out:
            self.stderr.write(f"{domain} belongs to another portal by now and was left out.")
        if done.behind:
            self.stderr.write(
                f"It couldn't be migrated and stays closed: {done.behind} Mend that, and run `manage.py migrate`."
            )
        self.stdout.write(
            f"{done.organization.slug} is back: {done.rows} rows in {done.tables} tables, {done.files} files, "
            f"{done.seconds:.1f} s. {done.organization.url()}"
        )
