"""Who is on the team, with which role. A team never loses its last owner."""

from __future__ import annotations

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.audit.models import Act
from bandstand.audit.recording import record


class LastOwnerError(ValidationError):
    """The change would leave the team without an owner; its message is for people."""

    def __init__(self) -> None:
        super().__init__(_("A team needs at least one owner. Make somebody else an owner first."), code="last_owner")


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


@transaction.atomic
def role_change(*, user: User, role: str) -> User:
    """Return `user` with `role` and no other. Raises LastOwnerError, ValidationError for an unknown role."""
    if role not in roles.ROLES:
        raise ValidationError(_("Choose a role from the list."), code="role")
    _lock_team()
    if role != roles.OWNER:
        _refuse_without_owner(user)
    roles.assign(user, role)
    record(Act.ROLE_CHANGED, target=user.email, detail=role)
    return user


@transaction.atomic
def member_remove(*, user: User) -> User:
    """Return `user` locked out: without a role, a password and, at the next click, a session. Raises LastOwnerError.

    The row stays, because the history of bands and gigs points at it; a later invitation brings the account back.
    """
    _lock_team()
    _refuse_without_owner(user)
    user.groups.clear()
    user.is_active = False
    user.set_unusable_password()  # ends the account's sessions as well
    user.save(update_fields=["is_active", "password"])
    record(Act.REMOVED, target=user.email)
    return user


def _lock_team() -> None:
    # Of two changes at once, the second sees what the first left: two owners can't demote each other.
    Group.objects.select_for_update().get(name=roles.OWNER)


def _refuse_without_owner(user: User) -> None:
    owners = set(roles.holders(roles.OWNER).values_list("pk", flat=True))
    if owners == {user.pk}:
        raise LastOwnerError
