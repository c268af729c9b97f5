"""The security log, and the admin's own history of changes."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.utils.translation import gettext_lazy as _

from bandstand.audit.models import Entry
from bandstand_web.shell.admin.looking import LookingAdmin
from bandstand_web.shell.admin.platform_site import site as platform_site
from bandstand_web.shell.admin.tenant_site import site as tenant_site


@admin.register(Entry, site=platform_site)
class EntryAdmin(LookingAdmin):
    """The security log."""

    list_display = ["happened_at", "act", "actor", "target", "detail", "ip_address"]
    list_filter = ["act", "origin"]
    search_fields = ["actor", "target"]
    date_hierarchy = "happened_at"
    fields = ["happened_at", "act", "origin", "actor", "target", "detail", "ip_address"]


@admin.register(LogEntry, site=tenant_site)
@admin.register(LogEntry, site=platform_site)
class LogEntryAdmin(LookingAdmin):
    """The log that Django's admin writes."""

    list_display = ["action_time", "user", "content_type", "object_repr", "change"]
    list_filter = ["action_flag", "content_type"]
    list_select_related = ["user", "content_type"]
    search_fields = ["object_repr", "user__email"]
    date_hierarchy = "action_time"
    fields = ["action_time", "user", "content_type", "object_repr", "change"]

    @admin.display(description=_("change"))
    def change(self, entry: LogEntry) -> str:
        """Return the change as a sentence."""
        return str(entry)
