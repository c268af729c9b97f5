"""The platform's admin for its staff: organizations, domains and jobs, but no portal's contents."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from bandstand_web.shell.admin.sign_in import SignInSite


class PlatformSite(SignInSite):
    """Open to active staff users of the platform."""

    site_header = _("Bandstand platform")
    site_title = _("Bandstand platform")
    index_title = _("Organizations and jobs")

    def is_for(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_staff)


site = PlatformSite(name="admin")
