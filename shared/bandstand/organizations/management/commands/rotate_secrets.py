"""`manage.py rotate_secrets`: write every secret again under the present SECRET_KEY."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import track

from bandstand.organizations.secret_rotation import Rotation, rotate_secrets, schemas

SHOWN = 20


class Command(BaseCommand):
    """Exit code 1 when a secret can't be read by any key, so that nobody drops the one that it needs."""

    help = "Write the secrets of all portals and of the platform again under the present SECRET_KEY; may be stopped."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Run it."""
        rotation = Rotation()
        console = Console(stderr=True)
        for schema in track(schemas(), "Portals", console=console, disable=not console.is_terminal, transient=True):
            rotate_secrets(schema, rotation)
        for about in rotation.lost[:SHOWN]:
            self.stderr.write(f"none of the keys reads {about}")
        self.stdout.write(
            f"{rotation.renewed} secrets were written again, {rotation.present} stood under the present key already."
        )
        if rotation.lost:
            raise CommandError(
                f"{len(rotation.lost)} secrets can't be read. Put the key that wrote them into SECRET_KEY_FALLBACKS and"
                " run this again."
            )
