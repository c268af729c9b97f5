"""Gives a portal another address on the platform. The former one leads on; schema, uid and data stay as they are."""

from __future__ import annotations

from datetime import timedelta

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.audit.models import Act
from bandstand.organizations.addresses import portal_host
from bandstand.organizations.auditing import organization_record
from bandstand.organizations.availability import slug_lock, validate_free_slug
from bandstand.organizations.former_hosts import change_described, changes_since, former_slugs
from bandstand.organizations.models import Domain, Organization
from bandstand.organizations.plans import HeldSlug
from bandstand.portals.deletion import PortalAwayError
from bandstand.teams.owner_mails import tell_of_new_address

PERIOD = timedelta(days=30)
FORMER_ADDRESSES_MOST = 10  # per portal, as each takes a name from everybody else


@transaction.atomic
def portal_address_change(*, organization: Organization, slug: str, by: User) -> Organization:
    """Return the portal at its new address; its former host leads on from now. Mails its owners.

    `by` is a user of the platform. Raises ValidationError if the portal can't have the address, and PortalAwayError
    unless the portal is open in this cell.
    """
    slug_lock(slug)
    organization = Organization.objects.select_for_update().get(pk=organization.pk)
    if organization.state != Organization.State.ACTIVE:
        raise PortalAwayError(organization.slug)
    validate_address(organization, slug, by)
    former = organization.slug
    _move_in(organization, slug)
    organization_record(organization, Act.ADDRESS_CHANGED, detail=change_described(former=former, slug=slug))
    tell_of_new_address(organization=organization, former_host=portal_host(former), by=by)
    return organization


def validate_address(organization: Organization, slug: str, owner: User) -> None:
    """Raise ValidationError, with a message for people, unless the portal may change to this address."""
    if slug == organization.slug:
        raise ValidationError(_("The portal has this address already."), code="unchanged")
    former = former_slugs(organization)
    if slug not in former:  # one's own former address is free for oneself, whatever was reserved since
        validate_free_slug(slug, owner)
        if len(former) >= FORMER_ADDRESSES_MOST:
            text = _("A portal keeps at most %d former addresses. Choose one of them again.") % FORMER_ADDRESSES_MOST
            raise ValidationError(text, code="many")
    if changes_left(organization) == 0:
        raise ValidationError(
            _("The address has been changed too often in the last 30 days. Please try again later."), code="often"
        )


def changes_left(organization: Organization) -> int | None:
    """Return how often the address may change now; None for no limit."""
    if not settings.ADDRESS_CHANGES:
        return None
    return max(0, settings.ADDRESS_CHANGES - changes_since(organization, timezone.now() - PERIOD))


def people_with_passkeys(organization: Organization) -> tuple[int, int]:
    """Return how many of the team have a passkey at the portal, and how many of these have no authenticator app.

    Owners' passkeys stand at the platform.
    """
    with tenant_context(organization):
        team = User.objects.filter(is_active=True).exclude(groups__name=roles.OWNER)
        having = team.filter(authenticator__type=Authenticator.Type.WEBAUTHN).distinct()
        return having.count(), having.exclude(authenticator__type=Authenticator.Type.TOTP).count()


def _move_in(organization: Organization, slug: str) -> None:
    """Make `slug` the portal's address, and its host the primary one unless that is a domain of the organization's."""
    host = portal_host(slug)
    primary = Domain.objects.filter(tenant=organization, is_primary=True).first()
    is_primary = primary is None or primary.domain.endswith(f".{settings.BASE_DOMAIN}")
    HeldSlug.objects.filter(slug=slug).delete()
    organization.slug = slug
    organization.save(update_fields=["slug"])
    domain = Domain.objects.filter(tenant=organization, domain=host).first()
    domain = domain or Domain(tenant=organization, domain=host, is_primary=False)
    domain.is_primary = domain.is_primary or is_primary
    domain.save()  # unsets the former primary, and makes every process forget the portal's hosts
    organization.domain_url = None
