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

    autocomplete_fields = ["picture", "logo"]
    fields = [
        "tagline",
        "introduction",
        "accent",
        "accents",
        "theme",
        "second_colour",
        "fonts",
        "corners",
        "density",
        "header",
        "picture",
        "logo",
        "contact_email",
        "imprint_url",
        "privacy_url",
        "minors",
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
        """Return samples of the colour with lettering on it, in light and dark mode."""
        # SVG attributes, because the Content Security Policy forbids inline styles.
        made = portal.palette
        return format_html(
            '<svg width="220" height="40" role="img" aria-label="{fill} {lettering}">'
            '<rect x="1" y="1" width="103" height="38" fill="{fill}" stroke="{light}" stroke-width="2"/>'
            '<text x="52" y="25" text-anchor="middle" fill="{lettering}">Aa</text>'
            '<rect x="116" y="1" width="103" height="38" fill="{fill}" stroke="{dark}" stroke-width="2"/>'
            '<text x="167" y="25" text-anchor="middle" fill="{lettering}">Aa</text></svg>',
            fill=made.fill,
            lettering=made.lettering,
            light=made.light.edge,
            dark=made.dark.edge,
        )
