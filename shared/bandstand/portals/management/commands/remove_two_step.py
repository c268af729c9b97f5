"""`manage.py remove_two_step`: remove two-step verification from an account, because its app, key or secret is lost."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django_tenants.utils import get_public_schema_name, schema_context

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.audit.acting import OPERATOR
from bandstand.audit.models import Act
from bandstand.audit.recording import record
from bandstand.mail.sending import send_template
from bandstand.organizations.models import Organization


class Command(BaseCommand):
    """The password stays, and the account's address is told."""

    requires_system_checks = ()  # it also runs with the worker's settings, which have no pages
    help = "Remove authenticator app, security keys and recovery codes from an account, on the platform or at a portal."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the account's address")
        parser.add_argument("--organization", metavar="SLUG", help="the portal's name; without it, the platform")

    def handle(self, *_args: Any, **options: Any) -> None:
        email = options["email"].strip().lower()
        schema, place = get_public_schema_name(), "the platform"
        if slug := options["organization"]:
            organization = Organization.objects.filter(slug=slug).first()
            if organization is None:
                raise CommandError(f"There is no portal {slug}.")
            schema, place = organization.schema_name, organization.host
        with schema_context(schema), transaction.atomic():
            _remove(email, place, is_portal=bool(slug))
        self.stdout.write(f"{email} logs in with the password alone now.")


def _remove(email: str, place: str, *, is_portal: bool) -> None:
    account = User.objects.filter(email=email).first()
    if account is None:
        raise CommandError(f"There is no account {email} on {place}.")
    if is_portal and roles.role_of(account) == roles.OWNER:
        raise CommandError(f"{email} is an owner and logs in on the platform: leave out --organization.")
    removed, _models = Authenticator.objects.filter(user=account).delete()
    if not removed:
        raise CommandError(f"{email} has no two-step verification on {place}.")
    record(Act.FACTOR_REMOVED, target=email, by=OPERATOR)
    send_template("two_step_removed", to=email, context={"place": place}, is_essential=True)
