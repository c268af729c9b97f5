"""`manage.py migrate`: migrate `public`, the template and all tenants."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

from django.core.checks import Tags
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.migrations.autodetector import MigrationAutodetector
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from bandstand.database.waiting import WaitedInVainError, database_obstacle, wait_until_gone
from bandstand.organizations.models import Organization
from bandstand.tenancy.migrating import BaseStoppedError, Outcome, Progress, migrate_everything, plan

SECONDS_BETWEEN_LINES = 10


class Command(BaseCommand):
    """Replaces Django's command, which handles only one schema.

    Exit code 1 when more tenants failed than are tolerated; the others are migrated, unless the canaries failed.
    """

    autodetector = MigrationAutodetector  # a system check compares it with that of makemigrations
    requires_system_checks = (Tags.database,)  # the other checks belong to `manage.py check` and are slow
    help = "Bring `public`, the template for new tenants and every tenant's schema up to date."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--plan", action="store_true", help="Say what tenants lack, and change nothing.")
        parser.add_argument("--jobs", type=int, default=2, metavar="N", help="Tenants at a time (2).")
        parser.add_argument("--tenant", metavar="SLUG", help="Of the tenants this one only: slug or schema name.")
        parser.add_argument(
            "--canary", type=int, default=0, metavar="N", help="Migrate N tenants first; stop if one of them fails."
        )
        parser.add_argument(
            "--tolerate-failed",
            type=int,
            default=0,
            metavar="N",
            help="Exit with 0 although as many as N tenants failed, unless all did: they alone stay closed.",
        )
        parser.add_argument(
            "--wait-for-database",
            type=float,
            default=0,
            metavar="SECONDS",
            help="Wait so long until the database answers and takes writes.",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            if options["wait_for_database"]:
                wait_until_gone(database_obstacle, seconds=options["wait_for_database"], say=self.stderr.write)
            if options["plan"]:
                self._plan(options["tenant"])
            else:
                self._migrate(options)
        except (BaseStoppedError, WaitedInVainError) as problem:
            raise CommandError(str(problem)) from problem
        except Organization.DoesNotExist:
            raise CommandError(f"No organization is called {options['tenant']!r}: give its slug.") from None
        except ImproperlyConfigured as problem:
            raise CommandError(str(problem)) from problem

    def _plan(self, tenant: str | None) -> None:
        found, lines = plan(tenant=tenant)
        for line in lines:
            self.stdout.write(line)
        behind = sum(len(group.schemas) for group in found.behind)
        self.stdout.write(f"{behind} of {found.total} tenants are behind.")

    def _migrate(self, options: dict[str, Any]) -> None:
        with self._progress() as progress:
            outcome = migrate_everything(
                verbosity=options["verbosity"],
                jobs=options["jobs"],
                tenant=options["tenant"],
                canary=options["canary"],
                progress=progress,
            )
        for schema, reason in outcome.failed.items():
            slug = Organization.objects.filter(schema_name=schema).values_list("slug", flat=True).first()
            self.stderr.write(f"{slug} ({schema}): {reason}")
        if outcome.stopped:
            raise CommandError("A canary failed, so the other tenants were left alone.")
        if outcome.failed:
            self._tolerate(outcome, options["tolerate_failed"])
        if options["verbosity"]:
            self.stdout.write(
                f"Up to date: public, the template and {outcome.total} tenants ({outcome.migrated} migrated)."
            )

    def _tolerate(self, outcome: Outcome, most: int) -> None:
        """Say that failed tenants stay closed. Raises CommandError if there are more, or if no other is left."""
        failed = len(outcome.failed)
        if failed > most or failed == outcome.total:
            raise CommandError(_failures(outcome))
        self.stderr.write(f"{_failures(outcome)} This release closes them, and serves all others.")

    @contextmanager
    def _progress(self) -> Iterator[Progress]:
        """Show a progress bar on a terminal, and a line every now and then elsewhere."""
        if self.stderr.isatty():
            columns = (TextColumn("migrating"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            with Bar(*columns, console=Console(stderr=True)) as bar:
                task = bar.add_task("tenants", total=None, visible=False)
                yield lambda done, total: bar.update(task, completed=done, total=total, visible=True)
        else:
            yield self._line_now_and_then()

    def _line_now_and_then(self) -> Progress:
        said = monotonic()

        def say(done: int, total: int) -> None:
            nonlocal said
            if monotonic() - said > SECONDS_BETWEEN_LINES:
                said = monotonic()
                self.stderr.write(f"{done} of {total} tenants")

        return say


def _failures(outcome: Outcome) -> str:
    failed, halfway = len(outcome.failed), len(outcome.halfway)
    if not halfway:
        return f"{failed} tenants failed and are as they were; run it again when mended."
    return (
        f"{failed} tenants failed; {halfway} stand where their lines say, the others are as they were. Mend and repeat."
    )
