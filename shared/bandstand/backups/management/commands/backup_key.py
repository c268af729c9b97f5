"""`manage.py backup_key`: make a key for backups."""

from __future__ import annotations

from typing import Any

import pyrage
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Prints a new key without storing it."""

    requires_system_checks = ()  # it also runs with the worker's settings, which have no pages
    help = "Print a new key for BANDSTAND_BACKUP_KEY. Keep a copy where the backups aren't: without it they are lost."

    def handle(self, *_args: Any, **_options: Any) -> None:
        self.stdout.write(str(pyrage.x25519.Identity.generate()))
