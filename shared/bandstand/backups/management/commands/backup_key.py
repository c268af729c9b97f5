"""`manage.py backup_key`: generate an encryption key for backups."""

from __future__ import annotations

from typing import Any

import pyrage
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Prints a new key without storing it."""

    requires_system_checks = ()  # the worker's settings lack what the checks of pages need
    help = "Print a new key for BANDSTAND_BACKUP_KEY. Keep a copy where the backups aren't: without it they are lost."

    def handle(self, *_args: Any, **_options: Any) -> None:
        self.stdout.write(str(pyrage.x25519.Identity.generate()))
