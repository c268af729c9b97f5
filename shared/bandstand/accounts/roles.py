"""The roles of a team: Django groups, in every tenant's schema, with the same permissions in backstage and admin.

Each app declares on its AppConfig who may do what; `sync()` writes it into the current schema after migrating.
"""

from __future__ import annotations

import functools
from typing import Final

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from bandstand.accounts.models import User
from bandstand.content import declaring

OWNER: Final = declaring.OWNER
MANAGER: Final = declaring.MANAGER
EDITOR: Final = declaring.EDITOR
MEMBER: Final = declaring.MEMBER
GUEST: Final = declaring.GUEST  # comes into the backstage, where roles in bands say what for

# From the most powerful to the least.
ROLES: Final = {
    OWNER: _("Owner"),
    MANAGER: _("Manager"),
    EDITOR: _("Editor"),
    MEMBER: _("Member"),
    GUEST: _("Guest"),
}

# What apps of others have, which can't say it themselves.
_OF_DJANGO: Final = {"admin": {OWNER: declaring.VIEW}}


@functools.cache
def permissions() -> dict[str, dict[str, tuple[str, ...]]]:
    """Return role -> app label -> actions, sorted; a role has these permissions and no others."""
    tables = {**_OF_DJANGO, **{config.label: config.actions for config in declaring.configs() if config.actions}}
    return {role: {app: actions[role] for app, actions in sorted(tables.items()) if role in actions} for role in ROLES}


def sync() -> None:
    """Make the current schema's groups and their permissions equal to the table. Idempotent."""
    known = {(p.content_type.app_label, p.codename): p for p in Permission.objects.select_related("content_type")}
    with transaction.atomic():
        for role, apps in permissions().items():
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
