"""Venues, with spreadsheet export and import."""

from __future__ import annotations

from django.contrib import admin

from bandstand.venues.models import Venue
from bandstand.venues.spreadsheet import COLUMNS, VenueResource
from bandstand_web.shell.admin.spreadsheets import SpreadsheetAdmin
from bandstand_web.shell.admin.tenant_site import site as tenant_site


@admin.register(Venue, site=tenant_site)
class VenueAdmin(SpreadsheetAdmin):
    resource_classes = [VenueResource]
    import_subject = "venues"
    list_display = ["name", "town", "country", "capacity"]
    list_filter = ["country", "town"]
    search_fields = ["name", "street", "town"]
    fields = [*COLUMNS, "created_at", "updated_at"]
    readonly_fields = ["created_at", "updated_at"]
