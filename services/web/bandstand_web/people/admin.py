"""People, with spreadsheet export. Their bands are edited with the bands."""

from __future__ import annotations

from django.contrib import admin

from bandstand.people.models import Person
from bandstand.people.spreadsheet import PersonResource
from bandstand_web.shell.admin.spreadsheets import SpreadsheetAdmin
from bandstand_web.shell.admin.tenant_site import site as tenant_site

CONSENTS = ("name_consent_at", "name_consent_by", "picture_consent_at", "picture_consent_by")


@admin.register(Person, site=tenant_site)
class PersonAdmin(SpreadsheetAdmin):
    resource_classes = [PersonResource]
    import_subject = "people"
    list_display = ["name", "email", "phone"]
    list_filter = ["instruments"]
    search_fields = ["name", "sort_name"]
    autocomplete_fields = ["instruments", "picture", "user"]
    fields = [
        *("name", "sort_name", "pronouns", "instruments", "email", "phone", "notes", "picture", "user"),
        *CONSENTS,
        *("created_at", "updated_at"),
    ]
    readonly_fields = [*CONSENTS, "created_at", "updated_at"]
