"""`manage.py move_tenant`: move a portal to another cell."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from bandstand.database.connection import no_time_limits
from bandstand.moving.departing import tenant_move, tenant_move_abort, tenant_move_confirm
from bandstand.moving.models import Move, MoveError

DRAIN_SECONDS = 60


class Command(BaseCommand):
    """If interrupted, run it again or abort; the portal is complete in one cell at any time."""

    requires_system_checks = ()  # the worker's settings lack what the checks of pages need
    help = "Move a portal to another cell. Interrupted, run it again to go on, or with --abort; see docs/scaling.md."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", nargs="?", help="the portal's name below the platform's host")
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--to", metavar="CELL", help="move it there, or go on with a move that was interrupted")
        what.add_argument("--abort", action="store_true", help="stay here: possible until it lives in the other cell")
        what.add_argument("--confirm", action="store_true", help="delete what it left here")
        what.add_argument("--status", action="store_true", help="say where moves stand, of all portals without a slug")
        parser.add_argument("--through", default="", metavar="COMMAND", help="how manage.py is run in the other cell")
        parser.add_argument(
            "--drain-seconds", type=float, default=DRAIN_SECONDS, help="how long its running jobs may take (60)"
        )

    @no_time_limits()
    def handle(self, *_args: Any, **options: Any) -> None:
        slug = options["slug"]
        if options["status"]:
            self._tell(slug)
            return
        if not slug:
            raise CommandError("Name the portal.")
        try:
            if options["abort"]:
                move = tenant_move_abort(slug=slug)
                self.stdout.write(f"{slug} is open here, and {move.cell} has nothing of it.")
            elif options["confirm"]:
                move = tenant_move_confirm(slug=slug)
                self.stdout.write(f"{slug} lives in {move.cell}; here its name and domains alone are left.")
            else:
                self._move(options)
        except MoveError as problem:
            raise CommandError(str(problem)) from problem

    def _move(self, options: dict[str, Any]) -> None:
        move = tenant_move(
            slug=options["slug"],
            to=options["to"],
            through=options["through"],
            drain_seconds=options["drain_seconds"],
            report=self.stdout.write,
        )
        self.stdout.write(
            f"{options['slug']} lives in {move.cell}: {move.rows} rows and {move.files} files compared, read-only for "
            f"{_window(move)}. What is left here stays until --confirm."
        )

    def _tell(self, slug: str | None) -> None:
        moves = Move.objects.select_related("organization")
        for move in moves.filter(organization__slug=slug) if slug else moves:
            kept = "" if move.cleared else f", but {move.cell} keeps what came"
            why = f" ({move.problem})" if move.problem else ""
            self.stdout.write(f"{move.begun_at:%Y-%m-%d %H:%M} {move}{kept}{why}")


def _window(move: Move) -> str:
    if move.closed_at is None or move.opened_at is None:
        return "no time"
    return f"{(move.opened_at - move.closed_at).total_seconds():.1f} s"
