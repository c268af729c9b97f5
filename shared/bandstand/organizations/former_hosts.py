"""A portal's former addresses on the platform. Their hosts stay among its domains, so no other portal gets them."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_tenants.utils import get_public_schema_name, schema_context

from bandstand.audit.models import Act, Entry
from bandstand.organizations.addresses import portal_host
from bandstand.organizations.models import Domain, Organization

_CHANGE = "{former} → {slug}"


def is_former_host(host: str, organization: Organization) -> bool:
    """Return whether `host`, one of the portal's hosts, is that of a former address. No query."""
    return host != organization.own_host and host.endswith(f".{settings.BASE_DOMAIN}")


def former_slugs(organization: Organization) -> list[str]:
    """Return the addresses that lead on to the portal's, the one that it had first before the others. One query."""
    return list(_former(Domain.objects.filter(tenant=organization)))


def former_holder(slug: str) -> Organization | None:
    """Return the portal that had this address and has another one now."""
    domain = Domain.objects.filter(domain=portal_host(slug)).select_related("tenant").first()
    return None if domain is None or domain.tenant.slug == slug else domain.tenant


def present_slug(slug: str) -> str:
    """Return the address to which this one leads on; the same if it leads nowhere."""
    holder = former_holder(slug)
    return str(holder.slug) if holder else slug


def present_slugs() -> dict[str, str]:
    """Return the present address for each former one of all portals. One query."""
    return _former(Domain.objects.all())


def validate_not_former(slug: str) -> None:
    """Raise ValidationError if the address leads on to a portal that had it."""
    if former_holder(slug) is not None:
        raise ValidationError(_("This address is taken. Choose another one."), code="taken")


def change_described(*, former: str, slug: str) -> str:
    """Return the details of a change for the security log."""
    return _CHANGE.format(former=former, slug=slug)


def changes_since(organization: Organization, moment: datetime) -> int:
    """Return how often the portal's address changed since."""
    with schema_context(get_public_schema_name()):
        return _changes_since(organization, moment).count()


def slug_at(organization: Organization, moment: datetime) -> str:
    """Return the address that the portal had then, as far back as the security log reaches. At most two queries."""
    with schema_context(get_public_schema_name()):
        later = _changes_since(organization, moment).order_by("pk").first()
    return later.detail.partition(" ")[0] if later else str(organization.slug)


def _former(domains: QuerySet[Domain]) -> dict[str, str]:
    """Return the present address for each former one among `domains`."""
    ending = f".{settings.BASE_DOMAIN}"
    hosts = domains.filter(domain__endswith=ending).order_by("pk").values_list("domain", "tenant__slug")
    return {host.removesuffix(ending): slug for host, slug in hosts if host != portal_host(slug)}


def _changes_since(organization: Organization, moment: datetime) -> QuerySet[Entry]:
    """Return the entries in the platform's log, which a restored portal doesn't change. See `organization_record`."""
    slugs = [organization.slug, *former_slugs(organization)]
    return Entry.objects.filter(act=Act.ADDRESS_CHANGED, target__in=slugs, happened_at__gt=moment)
