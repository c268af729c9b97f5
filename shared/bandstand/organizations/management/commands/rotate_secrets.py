"""`manage.py rotate_secrets`: re-encrypt every secret with the current SECRET_KEY."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import track

from bandstand.organizations.secret_rotation import Rotation, rotate_secrets, schemas

SHOWN = 20


class Command(BaseCommand):
    """Exit code 1 if no key can decrypt a secret, as a warning not to drop the key that it needs."""

    help = "Write the secrets of all portals and of the platform again under the present SECRET_KEY; may be stopped."

    def handle(self, *_args: Any, **_options: Any) -> None:
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
