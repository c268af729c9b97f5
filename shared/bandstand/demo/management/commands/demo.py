"""`manage.py demo`: a portal to look at, filled with invented bands."""

from __future__ import annotations

import secrets
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django_tenants.utils import tenant_context

from bandstand.bands.models import Band
from bandstand.demo.filling import OWNER, SLUG, demo_fill, demo_organization
from bandstand.gigs.models import Gig
from bandstand.settings.base import ENVIRONMENT

DEVELOPMENT_PASSWORD = "demo-demo-demo"  # noqa: S105 # documented, and used in development alone


class Command(BaseCommand):
    help = f"Build the portal “{SLUG}”, or bring it up to date: its gigs move to around today."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--password", help="of owner and team; default: one that is printed")
        parser.add_argument("--if-missing", action="store_true", help="do nothing where the portal exists")

    def handle(self, *_args: Any, password: str | None, if_missing: bool, **_options: Any) -> None:
        """Fill the portal and say where it is."""
        existing = demo_organization()
        if existing and if_missing:
            self.stdout.write(f"The demo portal is there: {existing.url()}")
            return
        if password is None and not existing:
            password = secrets.token_urlsafe(12) if ENVIRONMENT.is_production else DEVELOPMENT_PASSWORD
        organization = demo_fill(password=password)
        with tenant_context(organization):
            counts = f"{Band.objects.count()} bands, {Gig.objects.count()} gigs"
        self.stdout.write(f"Demo portal: {organization.url()} ({counts})")
        known = password or "unchanged password"
        self.stdout.write(f"Log in:      {organization.url('/accounts/hand-over/')} as {OWNER}, {known}")
        self.stdout.write("Its pictures appear as soon as the worker has prepared them.")
