"""Staff enter a portal with an owner's consent: by a link that the platform makes for one log-in, as a user of theirs.

That user is a row of the tenant's without a role, and never active, so no other way to log in knows it and nothing
counts it to the team. What it may do comes from the visit, which is looked up at every request.
"""

from __future__ import annotations

import secrets

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.models import Permission
from django.db import transaction
from django.utils import timezone
from django_tenants.utils import get_public_schema_name, schema_context

from bandstand.accounts import roles
from bandstand.accounts.models import SUPPORT_HOST, User
from bandstand.accounts.token_digests import token_digest
from bandstand.audit.acting import Actor
from bandstand.audit.models import Act
from bandstand.organizations.behind import takes_rows
from bandstand.organizations.models import Organization
from bandstand.support.consenting import consent_note
from bandstand.support.models import LINK_LIFETIME, Access, Consent, Visit

BACKEND = "bandstand.support.visiting.SupportBackend"
ENTER = "support.enter_portal"
_ACTIONS = {Access.READ: ("view",), Access.MANAGER: ("view", "add", "change")}


class VisitRefusedError(Exception):
    """No consent holds for this member of the staff, or the link is used, too old or for another portal."""


@transaction.atomic
def visit_link(*, organization: Organization, staff: User) -> str:
    """Return the token that logs `staff`, of the platform, in at the portal, once. Raises VisitRefusedError."""
    with schema_context(get_public_schema_name()):
        consent = consent_for(organization, staff)
        if consent is None or not takes_rows(organization):
            raise VisitRefusedError
        token = secrets.token_urlsafe(32)
        Visit.objects.create(consent=consent, staff=staff, token_digest=token_digest(token))
    return token


def consent_for(organization: Organization, staff: User) -> Consent | None:
    """Return the consent with which `staff`, of the platform, may enter the portal."""
    if not (staff.is_active and staff.is_staff and staff.has_perm(ENTER)):
        return None
    consent = Consent.objects.standing().filter(organization=organization).first()
    return consent if consent and consent.staff in {"", staff.email} else None


def visit_behind(*, token: str, organization: Organization) -> Visit:
    """Return the visit that `token`, which stays unused, would begin. Raises VisitRefusedError."""
    with schema_context(get_public_schema_name()):
        fresh = Visit.objects.allowed().filter(began_at=None, made_at__gt=timezone.now() - LINK_LIFETIME)
        found = fresh.filter(token_digest=token_digest(token), consent__organization=organization)
        visit = found.select_related("consent__organization", "staff").first()
    if visit is None:
        raise VisitRefusedError
    return visit


@transaction.atomic
def visit_begin(*, token: str, organization: Organization, ip_address: str | None) -> tuple[Visit, User]:
    """Use the token up; return the visit and its user in the portal, which is the current tenant.

    Raises VisitRefusedError.
    """
    visit = visit_behind(token=token, organization=organization)
    with schema_context(get_public_schema_name()):
        # Of several attempts at once, one writes the time.
        if not Visit.objects.filter(pk=visit.pk, began_at=None).update(began_at=timezone.now()):
            raise VisitRefusedError
    user = _user_of(visit)
    _note(visit, Act.SUPPORT_ENTERED, ip_address)
    return visit, user


def visit_current(*, pk: int, proof: object, organization: Organization) -> Visit | None:
    """Return the visit of a session if it may go on. One query, in `public`; a second asks for the permission.

    `proof` is what `visit_proof` returned when the visit began: a new password of the staff member ends it.
    """
    with schema_context(get_public_schema_name()):
        visits = Visit.objects.allowed().filter(pk=pk, began_at__isnull=False, consent__organization=organization)
        visit = visits.select_related("consent__organization", "staff").first()
        is_allowed = visit is not None and proof == visit_proof(visit) and visit.staff.has_perm(ENTER)
    return visit if is_allowed else None


def visit_proof(visit: Visit) -> str:
    """Return what a session of the visit remembers of the staff member's password."""
    return str(visit.staff.get_session_auth_hash())


@transaction.atomic
def visit_leave(visit: Visit) -> None:
    """Note that whoever came in has left."""
    with schema_context(get_public_schema_name()):
        left = Visit.objects.filter(pk=visit.pk, ended_at=None).update(ended_at=timezone.now())
    if left:
        _note(visit, Act.SUPPORT_LEFT)


def address_in_portal(staff: User) -> str:
    """Return the address of the tenant's row for a member of the staff."""
    return f"support-{staff.pk}@{SUPPORT_HOST}"


class SupportBackend(BaseBackend):
    """Knows the users that staff are logged in as, and what the visit that web bound to them allows."""

    def get_user(self, user_id: int) -> User | None:
        user = User.objects.filter(pk=user_id, is_active=False, is_superuser=False).first()
        return user if user is not None and user.is_support else None

    def get_group_permissions(self, user_obj: object, obj: object = None) -> set[str]:
        visit: Visit | None = getattr(user_obj, "visit", None)
        if visit is None or not (isinstance(user_obj, User) and user_obj.is_support):
            return set()
        return _permissions(visit)


def _permissions(visit: Visit) -> set[str]:
    """Return what managers may, less whatever deletes; for those who only look, less all that writes."""
    kept: set[str] | None = visit.__dict__.get("permissions")
    if kept is None:
        found = Permission.objects.filter(group__name=roles.MANAGER).values_list("content_type__app_label", "codename")
        actions = _ACTIONS[Access(visit.consent.access)]
        kept = {f"{app}.{name}" for app, name in found.order_by() if name.partition("_")[0] in actions}
        visit.__dict__["permissions"] = kept
    return kept


def _user_of(visit: Visit) -> User:
    """Return the row, in the current tenant, under the staff member's present name. Raises VisitRefusedError."""
    user = User.objects.filter(email=address_in_portal(visit.staff)).first()
    if user is None:
        user = User(email=address_in_portal(visit.staff), is_active=False)
        user.set_unusable_password()
    if user.is_active or (user.pk is not None and user.groups.exists()):
        # Somebody made an account of the team's own of it.
        raise VisitRefusedError
    user.name = f"{visit.staff} (Support)"[: User._meta.get_field("name").max_length]  # noqa: SLF001
    user.save()
    return user


def _note(visit: Visit, act: Act, ip_address: str | None = None) -> None:
    by = Actor(email=visit.staff.email, ip_address=ip_address, is_staff=True)
    consent_note(visit.consent, act, detail=str(visit.staff), visitor=str(visit.staff), by=by)
