"""The team, read-only. Inviting, roles and removal are handled in the backstage, which protects the last owner."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from bandstand.accounts.models import User
from bandstand.accounts.roles import ROLES
from bandstand_web.shell.admin.looking import LookingAdmin
from bandstand_web.shell.admin.tenant_site import site as tenant_site


@admin.register(User, site=tenant_site)
class TeamMemberAdmin(LookingAdmin):
    """This portal's accounts."""

    list_display = ["email", "name", "role", "is_active", "last_login"]
    list_filter = ["groups", "is_active"]
    search_fields = ["email", "name"]
    fields = ["email", "name", "role", "is_active", "date_joined", "last_login"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description=_("role"))
    def role(self, user: User) -> str:
        """Return the names of the user's roles."""
        held = {group.name for group in user.groups.all()}
        return ", ".join(str(title) for role, title in ROLES.items() if role in held) or "-"
