"""Owners grant and withdraw support access; it ends by itself.

Each of this stands in both security logs and in an email to every owner. That a consent holds is asked of the database
at every request of a visit (`bandstand.support.visiting`); nothing that happens here is needed for that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_tenants.utils import get_public_schema_name, schema_context

from bandstand.accounts.models import User
from bandstand.audit.acting import Actor
from bandstand.audit.models import Act
from bandstand.jobs.enqueueing import enqueue
from bandstand.organizations.auditing import organization_record
from bandstand.organizations.behind import takes_rows
from bandstand.organizations.models import Organization
from bandstand.organizations.owners import organization_lock
from bandstand.support.job_kinds import END_CONSENT, EndConsent
from bandstand.support.models import Consent, Visit
from bandstand.teams.owner_mails import tell_of_support
from bandstand.tenancy.resolution import announce_change

PERIODS = {
    "hour": (_("1 hour"), timedelta(hours=1)),
    "day": (_("1 day"), timedelta(days=1)),
    "days": (_("3 days"), timedelta(days=3)),
}


class OpenConsentError(Exception):
    """Support has access already."""


@transaction.atomic
def consent_grant(
    *, organization: Organization, by: User, access: str, lifetime: timedelta, staff: str = ""
) -> Consent:
    """Return `by`'s consent to support access, for the staff member with the address `staff` or for any.

    Raises OpenConsentError, and ValidationError where the portal isn't open here.
    """
    with schema_context(get_public_schema_name()):
        organization = organization_lock(organization)
        if organization.state != Organization.State.ACTIVE or not takes_rows(organization):
            raise ValidationError(_("This portal is closed at the moment."), code="closed")
        if not organization.owners.filter(pk=by.pk).exists():
            raise ValidationError(_("Only owners can let support in."), code="owner")
        for former in _open(organization):
            if not _end_void(former):
                raise OpenConsentError
        consent = Consent.objects.create(
            organization=organization,
            granted_by=by,
            access=access,
            staff=staff.strip().lower(),
            expires_at=timezone.now() + lifetime,
        )
        until = f"{consent.expires_at:%Y-%m-%d %H:%M} UTC"
        consent_note(consent, Act.SUPPORT_ALLOWED, detail=f"{consent.access}, {consent.staff or '*'}, → {until}")
        enqueue(
            END_CONSENT, EndConsent(consent.pk), organization=None, at=consent.expires_at, key=f"consent:{consent.pk}"
        )
    return consent


@transaction.atomic
def consent_withdraw(*, organization: Organization) -> bool:
    """End the portal's consent, and with it every visit, at once. Return whether there was one."""
    with schema_context(get_public_schema_name()):
        organization_lock(organization)
        consent = _open(organization).first()
        return consent is not None and _end(consent, Act.SUPPORT_WITHDRAWN)


@transaction.atomic
def consent_end(*, consent_id: int) -> bool:
    """Note the end of a consent that no longer holds. Return whether that was to be noted."""
    with schema_context(get_public_schema_name()):
        consent = Consent.objects.filter(pk=consent_id, ended_at=None).select_related("organization").first()
        return consent is not None and _end_void(consent)


@dataclass(frozen=True)
class SupportStanding:
    """What a portal's team is shown of support access: the consent, and who came in with it."""

    consent: Consent
    visitors: tuple[str, ...]


def standing_of(organization: Organization) -> SupportStanding | None:
    """Return the portal's consent that holds, and who is logged in with it."""
    with schema_context(get_public_schema_name()):
        consent = Consent.objects.standing().filter(organization=organization).select_related("granted_by").first()
        if consent is None:
            return None
        visits = Visit.objects.allowed().filter(consent=consent, began_at__isnull=False).select_related("staff")
        return SupportStanding(consent, tuple(dict.fromkeys(str(visit.staff) for visit in visits)))


def standing_remembered(organization: Organization) -> SupportStanding | None:
    """Return the same, asked once per process until a change is announced."""
    if "support" not in organization.remembered:
        organization.remembered["support"] = standing_of(organization)
    standing: SupportStanding | None = organization.remembered["support"]
    return standing if standing and standing.consent.expires_at > timezone.now() else None


def support_page(organization: Organization) -> str:
    """Return the address of the page where owners grant and withdraw."""
    path = reverse("organization_support", args=[organization.slug], urlconf=settings.PUBLIC_SCHEMA_URLCONF)
    return f"{settings.PUBLIC_URL}{path}"


def _open(organization: Organization) -> QuerySet[Consent]:
    return Consent.objects.filter(organization=organization, ended_at=None).select_related("organization")


def _end_void(consent: Consent) -> bool:
    is_standing = Consent.objects.standing().filter(pk=consent.pk).exists()
    return not is_standing and _end(consent, Act.SUPPORT_ENDED)


def _end(consent: Consent, act: Act) -> bool:
    now = timezone.now()
    if not Consent.objects.filter(pk=consent.pk, ended_at=None).update(ended_at=now):
        return False
    Visit.objects.filter(consent=consent, ended_at=None).update(ended_at=now)
    consent_note(consent, act)
    return True


def consent_note(consent: Consent, act: Act, *, detail: str = "", visitor: str = "", by: Actor | None = None) -> None:
    """Write an act into both logs and a mail to every owner, and have every process show what is so now."""
    organization = consent.organization
    organization_record(organization, act, detail=detail, by=by)
    tell_of_support(
        organization=organization,
        event=act,
        page=support_page(organization),
        until=consent.expires_at,
        only_staff=consent.staff,
        visitor=visitor,
    )
    announce_change(organization.pk)
