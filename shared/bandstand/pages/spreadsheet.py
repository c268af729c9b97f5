"""The spreadsheet export of pages."""

from __future__ import annotations

from typing import Any

from import_export import fields

from bandstand.pages.models import Page
from bandstand.spreadsheets.publication import publish_at_field, published_field
from bandstand.spreadsheets.resources import PortalResource


class PageResource(PortalResource):
    """A page with what it says, without its looks. The owner's copy has the blocks."""

    parent = fields.Field(column_name="parent")
    is_published = published_field()
    publish_at = publish_at_field()

    class Meta(PortalResource.Meta):
        abstract = False
        model = Page
        fields = ("slug", "title", "summary", "parent", "language", "visibility", "words", "is_published", "publish_at")
        export_order = fields

    def filter_export(self, queryset: Any, **_kwargs: Any) -> Any:
        """Fetch along what is named."""
        return queryset.select_related("parent")

    def dehydrate_parent(self, page: Page) -> str:
        """Return the address of the page that it stands below."""
        return page.parent.slug if page.parent else ""
