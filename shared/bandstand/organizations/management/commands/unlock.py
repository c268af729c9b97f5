"""`manage.py unlock`: unlock an account that was locked after failed log-ins."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django_tenants.utils import get_public_schema_name, schema_context

from bandstand.accounts.unlocking import account_unlock
from bandstand.organizations.models import Organization


class Command(BaseCommand):
    """Owners can do the same on the security log's page."""

    requires_system_checks = ()  # the worker's settings lack what the checks of pages need
    help = "Forget the wrong passwords that locked an account, on the platform or at one portal."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the account's address")
        parser.add_argument("--organization", metavar="SLUG", help="the portal's name; without it, the platform")

    def handle(self, *_args: Any, **options: Any) -> None:
        schema = get_public_schema_name()
        if slug := options["organization"]:
            organization = Organization.objects.filter(slug=slug).first()
            if organization is None:
                raise CommandError(f"There is no portal {slug}.")
            schema = organization.schema_name
        with schema_context(schema):
            if not account_unlock(email=options["email"]):
                raise CommandError(f"{options['email']} wasn't locked there.")
        self.stdout.write(f"{options['email']} can log in again.")
