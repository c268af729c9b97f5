"""Pages in the administration."""

from __future__ import annotations

from django.contrib import admin

from bandstand.pages.models import Page
from bandstand.pages.spreadsheet import PageResource
from bandstand_web.shell.admin.publishing import PublicationFilter, PublishingForm, PublishingMixin
from bandstand_web.shell.admin.spreadsheets import SpreadsheetAdmin
from bandstand_web.shell.admin.tenant_site import site as tenant_site


@admin.register(Page, site=tenant_site)
class PageAdmin(PublishingMixin, SpreadsheetAdmin):
    """All about pages but their content, which has its own editor."""

    resource_classes = [PageResource]
    import_subject = ""  # none yet
    form = PublishingForm
    list_display = ["title", "publication", "visibility", "parent"]
    list_filter = [PublicationFilter, "visibility"]
    search_fields = ["title", "summary"]
    autocomplete_fields = ["parent"]
    fields = [
        *("title", "slug", "parent", "is_published", "publish_at", "visibility", "summary", "language"),
        *("created_at", "updated_at"),
    ]
    readonly_fields = ["created_at", "updated_at"]

    def view_on_site(self, page: Page) -> str:
        return page.get_absolute_url()
