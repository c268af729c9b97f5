"""`manage.py owner_link`: let an owner into their portal while the platform, where owners log in, is away."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.audit.acting import OPERATOR
from bandstand.audit.models import Act
from bandstand.audit.recording import record
from bandstand.organizations.handover import EMERGENCY_LIFETIME, HandOverUnavailableError, emergency_token
from bandstand.organizations.models import Organization
from bandstand.portals.models import PortalSettings

_PATH = "/accounts/emergency/"


class Command(BaseCommand):
    """Asks the database alone, so it works while no page of the platform does."""

    requires_system_checks = ()  # it also runs with the worker's settings, which have no pages
    help = "Print a link by which an owner enters the portal's backstage, once, while the platform can't be reached."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("portal", help="the portal's name, as in its address")
        parser.add_argument("email", help="the owner's address")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run it."""
        organization = _portal(options["portal"])
        owner = _owner(organization, options["email"].strip().lower())
        steps = Authenticator.objects.filter(user=owner).exclude(type=Authenticator.Type.RECOVERY_CODES)
        has_second_step = steps.exists()
        with tenant_context(organization):
            if not has_second_step and roles.OWNER in PortalSettings.objects.current().second_factor_roles:
                raise CommandError(
                    f"{organization.slug} requires two-step verification of owners, and {owner.email} has none."
                )
        try:
            token = emergency_token(organization=organization, owner=owner, has_second_step=has_second_step)
        except HandOverUnavailableError:
            raise CommandError("Valkey can't be reached, so the link couldn't be kept to one use.") from None
        with tenant_context(organization):
            record(Act.EMERGENCY_LINK, target=owner.email, by=OPERATOR)
        minutes = int(EMERGENCY_LIFETIME.total_seconds() // 60)
        self.stderr.write(f"Give this link to {owner.email} alone. It works once, within {minutes} minutes.")
        self.stdout.write(organization.team_url(f"{_PATH}?{urlencode({'token': token})}"))


def _portal(slug: str) -> Organization:
    organization = Organization.objects.filter(slug=slug.strip().lower()).first()
    if organization is None:
        raise CommandError(f"There is no portal {slug}.")
    if organization.is_elsewhere:
        raise CommandError(f"{slug} is in the cell {organization.cell}. Run the command there.")
    if not organization.is_active:
        raise CommandError(f"{slug} can't be entered now: it is {organization.get_state_display()}.")
    return organization


def _owner(organization: Organization, email: str) -> User:
    owner = User.objects.filter(organizations=organization, email=email).first()
    if owner is None:
        raise CommandError(f"{email} isn't an owner of {organization.slug}.")
    if not owner.is_active:
        raise CommandError(f"The account of {email} is locked.")
    return owner
