"""Creates portals, atomically."""

from __future__ import annotations

from django.conf import settings
from django.db import connection, transaction
from django.utils import translation

from bandstand.accounts.models import User
from bandstand.audit.models import Act
from bandstand.organizations.addresses import portal_host
from bandstand.organizations.auditing import organization_record
from bandstand.organizations.availability import slug_lock, validate_not_held
from bandstand.organizations.former_hosts import validate_not_former
from bandstand.organizations.models import Domain, Organization, new_schema_name
from bandstand.organizations.owners import owner_add
from bandstand.organizations.plans import HeldSlug
from bandstand.organizations.quotas import portal_room_take
from bandstand.organizations.slugs import validate_unreserved
from bandstand.tenancy.spares import spare_take
from bandstand.tenancy.template import template_hold, template_replay


@transaction.atomic
def organization_create(
    *,
    name: str,
    slug: str,
    owner: User,
    language: str | None = None,
    time_zone: str = settings.TIME_ZONE,
) -> Organization:
    """Return a new organization with its domain, its schema and its owner's team account, in one transaction.

    `owner` is a user of the platform; the account on the team is derived from it. Raises LimitReachedError if the
    owner has reached the limit of portals, and ValidationError if a value is invalid or the slug is taken.
    """
    portal_room_take(owner)
    slug_lock(slug)
    digest = template_hold()
    spare = spare_take(digest)
    organization = Organization(
        name=name,
        slug=slug,
        schema_name=spare or new_schema_name(),
        language=language or translation.get_language() or settings.LANGUAGE_CODE,
        time_zone=time_zone,
    )
    organization.full_clean()
    validate_unreserved(slug)
    validate_not_held(slug, owner)
    validate_not_former(slug)
    organization.save()
    HeldSlug.objects.filter(slug=slug).delete()
    Domain(tenant=organization, domain=portal_host(slug), is_primary=True).save()
    if spare is None:
        template_replay(organization.schema_name, digest)
    owner_add(organization=organization, account=owner)
    organization_record(organization, Act.CREATED, detail=owner.email)
    return organization


def organization_drop_schema(organization: Organization) -> None:
    """Drop the organization's schema with all its data. Call it inside a transaction; idempotent."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {connection.ops.quote_name(organization.schema_name)} CASCADE")
