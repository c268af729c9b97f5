"""`manage.py migrate`: public, the template and all tenants."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.db.migrations.autodetector import MigrationAutodetector

from bandstand.organizations.migrating import migrate_everything


class Command(BaseCommand):
    """Takes the place of Django's command, which knows one schema only."""

    autodetector = MigrationAutodetector  # a system check compares it with makemigrations' one
    help = "Bring `public`, the template for new tenants and every tenant's schema up to date."

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run it."""
        count = migrate_everything(verbosity=options["verbosity"])
        self.stdout.write(f"Up to date: public, the template and {count} tenants.")
