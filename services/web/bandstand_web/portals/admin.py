"""The portal's settings, a single row."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from bandstand.portals.models import PortalSettings
from bandstand_web.shell.admin.guarding import GuardedAdmin
from bandstand_web.shell.admin.tenant_site import site as tenant_site


@admin.register(PortalSettings, site=tenant_site)
class PortalSettingsAdmin(GuardedAdmin):
    """Appearance and contact addresses."""

    autocomplete_fields = ["logo"]
    fields = [
        "tagline",
        "introduction",
        "accent",
        "accents",
        "logo",
        "contact_email",
        "imprint_url",
        "privacy_url",
    ]
    readonly_fields = ["accents"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """The row always exists."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Go straight to the only row."""
        return redirect("admin:portals_portalsettings_change", PortalSettings.objects.current().pk)

    @admin.display(description=_("as visitors will see it"))
    def accents(self, portal: PortalSettings) -> SafeString:
        """Return samples of the accent colour in light and dark mode."""
        # SVG attributes, because the Content Security Policy forbids inline styles.
        return format_html(
            '<svg width="220" height="40" role="img" aria-label="{} {}">'
            '<rect width="105" height="40" fill="{}"/><text x="52" y="25" text-anchor="middle" fill="{}">Aa</text>'
            '<rect x="115" width="105" height="40" fill="{}"/>'
            '<text x="167" y="25" text-anchor="middle" fill="{}">Aa</text></svg>',
            portal.accent_light,
            portal.accent_dark,
            portal.accent_light,
            portal.accent_light_lettering,
            portal.accent_dark,
            portal.accent_dark_lettering,
        )
