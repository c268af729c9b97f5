"""`manage.py rotate_secrets`: re-encrypt every secret with the current SECRET_KEY."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import track

from bandstand.organizations.secret_rotation import Rotation, rotate_secrets, schemas, unreadable_secrets

SHOWN = 20
REMEDY = "Put the SECRET_KEY that wrote them into SECRET_KEY_FALLBACKS and run this again."


class Command(BaseCommand):
    """Exit code 1 if no key can decrypt a secret, as a warning not to drop the key that it needs."""

    help = "Write the secrets of all portals and of the platform again under the present SECRET_KEY; may be stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--leave-unreadable", action="store_true", help="renew the others, if that key is gone")

    def handle(self, *_args: Any, **options: Any) -> None:
        rotation = Rotation()
        console = Console(stderr=True)
        if not options["leave_unreadable"]:
            self._require_keys()
        for schema in track(schemas(), "Portals", console=console, disable=not console.is_terminal, transient=True):
            rotate_secrets(schema, rotation)
        for about in rotation.lost[:SHOWN]:
            self.stderr.write(f"none of the keys reads {about}")
        self.stdout.write(
            f"{rotation.renewed} secrets were written again, {rotation.present} stood under the present key already."
        )
        if rotation.lost:
            raise CommandError(f"{len(rotation.lost)} secrets can't be read. {REMEDY}")

    def _require_keys(self) -> None:
        """Raise CommandError, before anything is written, if no key reads a secret."""
        lost = [about for schema in schemas() for about in unreadable_secrets(schema)]
        for about in lost[:SHOWN]:
            self.stderr.write(f"none of the keys reads {about}")
        if lost:
            raise CommandError(f"{len(lost)} secrets can't be read, so none was written. {REMEDY}")
