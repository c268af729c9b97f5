"""One portal's admin for its team: everything that the simpler backstage leaves out."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from bandstand_web.shell.admin.sign_in import SignInSite


class TenantSite(SignInSite):
    """Open to active users with a role on the team; the role's permissions decide what they may do."""

    index_title = _("Everything in this portal")
    site_title = _("Administration")

    def is_for(self, request: HttpRequest) -> bool:
        # Only a role gives permissions. They are asked for on every page anyway, and remembered.
        user = request.user
        return bool(user.is_active and user.is_authenticated and user.get_group_permissions())

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        organization = request.organization  # type: ignore[attr-defined]
        return {**super().each_context(request), "site_header": organization.name, "backstage_url": "/backstage/"}


site = TenantSite(name="admin")
