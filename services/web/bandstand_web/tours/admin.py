"""Tours in the administration."""

from __future__ import annotations

from django.contrib import admin

from bandstand.tours.models import Tour
from bandstand.tours.spreadsheet import TourResource
from bandstand_web.shell.admin.publishing import PublicationFilter, PublishingForm, PublishingMixin
from bandstand_web.shell.admin.spreadsheets import SpreadsheetAdmin
from bandstand_web.shell.admin.tenant_site import site as tenant_site


@admin.register(Tour, site=tenant_site)
class TourAdmin(PublishingMixin, SpreadsheetAdmin):
    """Tours, with spreadsheet export and import."""

    resource_classes = [TourResource]
    import_subject = "tours"
    form = PublishingForm
    list_display = ["name", "publication"]
    list_filter = [PublicationFilter]
    search_fields = ["name"]
    autocomplete_fields = ["picture"]
    fields = ["name", "slug", "is_published", "publish_at", "text", "picture", "created_at", "updated_at"]
    readonly_fields = ["created_at", "updated_at"]

    def view_on_site(self, tour: Tour) -> str:
        return tour.get_absolute_url()
