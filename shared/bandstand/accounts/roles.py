"""The roles of a team: Django groups, in every tenant's schema, with the same permissions in backstage and admin.

The table below is the single source of who may do what. `sync()` writes it into the current schema after migrating.
"""

from __future__ import annotations

from typing import Final

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from bandstand.accounts.models import User

OWNER: Final = "owner"
MANAGER: Final = "manager"
EDITOR: Final = "editor"
MEMBER: Final = "member"

# From the most powerful to the least.
ROLES: Final = {
    OWNER: _("Owner"),
    MANAGER: _("Manager"),
    EDITOR: _("Editor"),
    MEMBER: _("Member"),
}

_CONTENT: Final = ("bands", "gigs", "media", "polls")
_ALL: Final = ("view", "add", "change", "delete")
_VIEW: Final = ("view",)

# role -> app label -> actions; a role has these permissions and no others.
PERMISSIONS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    OWNER: {
        **dict.fromkeys(_CONTENT, _ALL),
        "enquiries": _ALL,
        "imports": _ALL,
        "portals": ("view", "change", "manage"),
        "teams": _ALL,
        "accounts": ("view", "change"),
        "mail": ("view", "delete"),
        "audit": _VIEW,
        "admin": _VIEW,
    },
    MANAGER: {
        **dict.fromkeys(_CONTENT, _ALL),
        "enquiries": _ALL,
        "imports": _ALL,
        "portals": ("view", "change"),
        "teams": _VIEW,
        "accounts": _VIEW,
    },
    EDITOR: {**dict.fromkeys(_CONTENT, _ALL), "enquiries": ("view", "change"), "imports": _ALL, "portals": _VIEW},
    MEMBER: {**dict.fromkeys(_CONTENT, _VIEW), "enquiries": _VIEW},
}


def sync() -> None:
    """Make the current schema's groups and their permissions equal to the table. Idempotent."""
    known = {(p.content_type.app_label, p.codename): p for p in Permission.objects.select_related("content_type")}
    with transaction.atomic():
        for role, apps in PERMISSIONS.items():
            group, _created = Group.objects.get_or_create(name=role)
            group.permissions.set(
                permission
                for (app, codename), permission in known.items()
                if codename.partition("_")[0] in apps.get(app, ())
            )


def assign(user: User, role: str) -> None:
    """Give `user` this role and no other, in the current schema. Raises Group.DoesNotExist for an unknown role."""
    group = Group.objects.get(name=role)
    with transaction.atomic():
        user.groups.remove(*user.groups.filter(name__in=ROLES).exclude(pk=group.pk))
        user.groups.add(group)


def role_of(user: User) -> str | None:
    """Return the user's strongest role in the current schema, or None for someone who isn't on the team."""
    names = set(user.groups.values_list("name", flat=True))
    return next((role for role in ROLES if role in names), None)


def holders(role: str) -> QuerySet[User]:
    """Return the active users of the current schema who hold `role`."""
    return User.objects.filter(groups__name=role, is_active=True)
