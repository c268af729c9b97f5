"""Who is on the team, with which role. Owners own the portal at the platform as well: see organizations.owners."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.dispatch import Signal
from django.utils.translation import gettext_lazy as _

from bandstand.accounts import roles
from bandstand.accounts.calendar_address import calendar_address_revoke
from bandstand.accounts.models import User
from bandstand.audit.models import Act
from bandstand.audit.recording import record
from bandstand.organizations.current import current_organization
from bandstand.organizations.owners import LastOwnerError, organization_lock
from bandstand.organizations.plans import Limit
from bandstand.organizations.quotas import meter
from bandstand.teams.models import Invitation
from bandstand.teams.owner_mails import tell_former_owner, tell_new_owner

# Sent in the transaction in which somebody is removed from the team. sender: User; user.
member_removed = Signal()

__all__ = ["LastOwnerError", "member_remove", "member_removed", "members_with_roles", "role_change", "team"]


def team() -> QuerySet[User]:
    """Return the active people of the current schema who have a role, with their groups, by name."""
    return (
        User.objects.filter(is_active=True, groups__name__in=roles.ROLES)
        .distinct()
        .prefetch_related("groups")
        .order_by("name", "email")
    )


def members_with_roles() -> list[tuple[User, str]]:
    """Return everybody on the team with the strongest role each has. Two queries."""
    members = []
    for user in team():
        names = {group.name for group in user.groups.all()}
        members.append((user, next(role for role in roles.ROLES if role in names)))
    return members


@meter(Limit.MEMBERS)
def team_size() -> int:
    """Return how many people are on the team or may join it by an open invitation."""
    return team().count() + Invitation.objects.valid().count()


@transaction.atomic
def role_change(*, user: User, role: str) -> User:
    """Return `user` with `role` and no other.

    Raises LastOwnerError, LockedAccountError, and ValidationError for an unknown role.
    """
    if role not in roles.ROLES:
        raise ValidationError(_("Choose a role from the list."), code="role")
    organization = organization_lock(current_organization())
    was_owner = roles.role_of(user) == roles.OWNER
    roles.assign(user, role)  # and with it who owns the portal
    record(Act.ROLE_CHANGED, target=user.email, detail=role)
    if role == roles.OWNER and not was_owner:
        tell_new_owner(organization=organization, email=user.email)
    elif was_owner and role != roles.OWNER:
        tell_former_owner(organization=organization, email=user.email)
    return user


@transaction.atomic
def member_remove(*, user: User) -> User:
    """Return `user` locked out: without a role, a password and, at the next click, a session. Raises LastOwnerError.

    The row stays, because the history of bands and gigs points at it; a later invitation brings the account back.
    """
    organization_lock(current_organization())
    user.groups.clear()  # and with them the portal, where the user owned it
    user.is_active = False
    user.set_unusable_password()  # ends the account's sessions as well
    user.save(update_fields=["is_active", "password"])
    calendar_address_revoke(user)
    member_removed.send(User, user=user)
    record(Act.REMOVED, target=user.email)
    return user
