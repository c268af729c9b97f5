"""The spreadsheet export of posts."""

from __future__ import annotations

from typing import Any

from import_export import fields

from bandstand.content.values import join_names
from bandstand.gigs.models import Gig
from bandstand.news.models import Post
from bandstand.spreadsheets.cells import join_list
from bandstand.spreadsheets.publication import publish_at_field, published_field
from bandstand.spreadsheets.resources import MomentColumn, PortalResource, YesNoWidget


class TagsColumn(fields.Field):
    """Tags in one cell, as the form takes them."""

    def export(self, instance: Any, **_kwargs: Any) -> str:
        return join_names(instance.tags)


class PostResource(PortalResource):
    """A post with its text. Of bands and gigs it names those alone that whoever exports it may see."""

    tags = TagsColumn("tags", "tags")
    is_pinned = fields.Field("is_pinned", "pinned", widget=YesNoWidget())
    expires_at = MomentColumn("expires_at", "expires_at")
    bands = fields.Field(column_name="bands")
    gigs = fields.Field(column_name="gigs")
    is_published = published_field()
    publish_at = publish_at_field()

    class Meta(PortalResource.Meta):
        abstract = False
        model = Post
        fields = (
            *("slug", "title", "summary", "text", "bands", "gigs", "tags", "author", "language"),
            *("is_pinned", "is_published", "publish_at", "expires_at"),
        )
        export_order = fields

    def filter_export(self, queryset: Any, **_kwargs: Any) -> Any:
        """Fetch along what is named."""
        return queryset.prefetch_related("bands", "gigs__appearances")

    def dehydrate_bands(self, post: Post) -> str:
        """Return the names of its bands."""
        return join_list(band.name for band in post.bands.all() if self.bands is None or band.pk in self.bands)

    def dehydrate_gigs(self, post: Post) -> str:
        """Return the page addresses of its gigs."""
        return join_list(gig.slug for gig in post.gigs.all() if self._is_seen(gig))

    def _is_seen(self, gig: Gig) -> bool:
        return self.bands is None or any(each.band_id in self.bands for each in gig.appearances.all())
