"""Adds domains to an organization, removes them, and sets the primary one."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_tenants.utils import tenant_context

from bandstand.audit.models import Act
from bandstand.audit.recording import record
from bandstand.domains.job_kinds import CHECK_DOMAIN, CheckDomain
from bandstand.domains.models import CustomDomain
from bandstand.domains.naming import may_be_apex, parse_domain_name
from bandstand.jobs.enqueueing import enqueue
from bandstand.jobs.models import Job
from bandstand.organizations.models import Domain, Organization

DOMAINS_PER_ORGANIZATION = 20


class NotLiveError(ValidationError):
    """The primary domain must be live."""

    def __init__(self) -> None:
        super().__init__(_("Visitors can only be sent to a domain once it is live."), code="not_live")


@transaction.atomic
def domain_add(*, organization: Organization, name: str, created_by: str = "") -> CustomDomain:
    """Return the organization's new claim to `name` (as typed), with a first DNS check enqueued.

    Raises ValidationError if it isn't a domain, is in use elsewhere or on the list already, or exceeds the limit. Until
    it is verified, others may claim the same name, so that a claim can't block the domain's real owner.
    """
    parsed = parse_domain_name(name)
    Organization.objects.select_for_update().get(pk=organization.pk)  # keeps two at once from exceeding the limit
    claims = CustomDomain.objects.filter(organization=organization)
    if claims.filter(name=parsed).exists():
        raise ValidationError(_("This domain is already on your list."), code="listed")
    if Domain.objects.filter(domain=parsed).exclude(tenant=organization).exists():
        raise ValidationError(_("Another portal uses this domain."), code="taken")
    if claims.count() >= DOMAINS_PER_ORGANIZATION:
        raise ValidationError(
            _("A portal can have %d domains. Remove one first.") % DOMAINS_PER_ORGANIZATION, code="many"
        )
    domain = CustomDomain.objects.create(organization=organization, name=parsed, apex=may_be_apex(parsed))
    domain_check_soon(domain=domain, created_by=created_by)
    domain_record(organization, Act.DOMAIN_ADDED, parsed)
    return domain


def domain_check_soon(*, domain: CustomDomain, created_by: str = "") -> Job:
    """Return the job that checks the DNS now; for an unverified domain the back-off starts again."""
    with transaction.atomic():
        if not domain.is_proven:
            domain.waiting_since = timezone.now()
            domain.save(update_fields=["waiting_since"])
        return enqueue(
            CHECK_DOMAIN,
            CheckDomain(domain.pk),
            organization=domain.organization,
            key=str(domain.pk),
            created_by=created_by,
        )


@transaction.atomic
def domain_remove(*, domain: CustomDomain) -> None:
    """Remove the domain: the portal stops answering there at once. Idempotent."""
    locked = CustomDomain.objects.select_for_update().filter(pk=domain.pk).first()
    if locked is not None:
        stop_answering(domain=locked)
        locked.delete()
        domain_record(locked.organization, Act.DOMAIN_REMOVED, locked.name)


@transaction.atomic
def primary_choose(*, organization: Organization, domain: CustomDomain | None) -> str:
    """Set the primary host and return it; None selects the portal's address on the platform.

    Raises NotLiveError.
    """
    host = organization.own_host
    if domain is not None:
        locked = CustomDomain.objects.select_for_update().get(pk=domain.pk, organization=organization)
        if not locked.is_live:
            raise NotLiveError
        host = locked.name
    _make_primary(organization, host)
    domain_record(organization, Act.DOMAIN_CHOSEN, host)
    return host


def start_answering(*, domain: CustomDomain) -> bool:
    """Make the portal answer at a verified domain; return False if another portal has it. Call it in a transaction."""
    row, _created = Domain.objects.get_or_create(
        domain=domain.name, defaults={"tenant_id": domain.organization_id, "is_primary": False}
    )
    return bool(row.tenant_id == domain.organization_id)


def stop_answering(*, domain: CustomDomain) -> None:
    """Stop answering at the domain; visitors use the address on the platform. Call it in a transaction."""
    row = Domain.objects.filter(domain=domain.name, tenant=domain.organization_id).first()
    if row is None or not domain.is_proven:
        return
    if row.is_primary:
        _make_primary(domain.organization, domain.organization.own_host)
    row.delete()


def domain_record(organization: Organization, act: Act, host: str) -> None:
    """Record an act on a domain in the organization's security log."""
    with tenant_context(organization):
        record(act, target=host)


def _make_primary(organization: Organization, host: str) -> None:
    row = Domain.objects.get(tenant=organization, domain=host)
    row.is_primary = True
    row.save()  # unsets the former primary, and makes every process forget the portal's hosts
