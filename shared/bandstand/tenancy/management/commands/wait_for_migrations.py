"""`manage.py wait_for_migrations`: what pods do first where `migrate` runs beside them."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from bandstand.database.waiting import WaitedInVainError, wait_until_gone
from bandstand.tenancy.template import TemplateMissingError, template_check


class Command(BaseCommand):
    """Portals that failed to migrate aren't waited for: they are closed, and the others served."""

    requires_system_checks = ()  # it has nothing to do with the code's own order
    help = "Wait until `migrate` has prepared the database for this release."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seconds", type=float, default=3600, help="How long to wait (3600).")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            wait_until_gone(_pending, seconds=options["seconds"], say=self.stderr.write)
        except WaitedInVainError as problem:
            raise CommandError(str(problem)) from None


def _pending() -> str:
    try:
        template_check()
    except TemplateMissingError:
        return "migrations are pending"
    return ""
