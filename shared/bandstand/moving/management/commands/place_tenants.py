"""`manage.py place_tenants`: spread new portals over cells, or empty this one."""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from bandstand.database.connection import no_time_limits
from bandstand.moving.arriving import living_here
from bandstand.moving.models import MoveError
from bandstand.moving.placing import cell_drain, remains_delete, tenants_place


def _cell(text: str) -> tuple[str, str]:
    name, equals, through = text.partition("=")
    if not (name and equals and through):
        raise ArgumentTypeError('name a cell and how manage.py is run there: south="ssh south manage.py"')
    return name, through


class Command(BaseCommand):
    """Meant for cron in the platform's cell; what one run doesn't get to, the next one does."""

    requires_system_checks = ()  # the worker's settings lack what the checks of pages need
    help = "Move new portals to the cell that has the fewest; --drain empties this cell. See docs/scaling.md."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--cell", action="append", type=_cell, required=True, metavar="CELL=COMMAND", help="another cell; repeat it"
        )
        parser.add_argument("--drain", action="store_true", help="move every portal away, old ones too")
        parser.add_argument("--at-most", type=int, default=20, help="how many portals one run moves (20)")
        parser.add_argument("--newer-than-hours", type=float, default=24, help="portals that are older stay (24)")
        parser.add_argument(
            "--confirm-after-hours", type=float, help="delete what moved portals left here, this long afterwards"
        )

    @no_time_limits()
    def handle(self, *_args: Any, **options: Any) -> None:
        cells = dict(options["cell"])
        try:
            if options["drain"]:
                placement = cell_drain(cells, at_most=options["at_most"], report=self.stdout.write)
            else:
                newer_than = timedelta(hours=options["newer_than_hours"])
                placement = tenants_place(
                    cells, newer_than=newer_than, at_most=options["at_most"], report=self.stdout.write
                )
            if options["confirm_after_hours"] is not None:
                for slug in remains_delete(older_than=timedelta(hours=options["confirm_after_hours"])):
                    self.stdout.write(f"{slug}: here its name and domains alone are left")
        except MoveError as problem:
            raise CommandError(str(problem)) from problem
        for slug, cell in placement.moved.items():
            self.stdout.write(f"{slug} lives in {cell}")
        self.stdout.write(f"{len(placement.moved)} moved, {living_here().count()} live here.")
        if placement.stayed:
            raise CommandError("\n".join(f"{slug} stays: {why}" for slug, why in placement.stayed.items()))
