"""The spreadsheet export of bands."""

from __future__ import annotations

from typing import Any

from import_export import fields

from bandstand.bands.importing import member_of
from bandstand.bands.members_cell import join_links, join_members
from bandstand.bands.models import Band
from bandstand.spreadsheets.publication import publish_at_field, published_field
from bandstand.spreadsheets.resources import NamesColumn, PortalResource, YesNoWidget


class MembersField(fields.Field):
    """The members in one cell."""

    def export(self, instance: Band, **_kwargs: Any) -> str:
        """Return text that an import reads back, except for the members' roles."""
        return join_members([member_of(member) for member in instance.members.all()])


class LinksField(fields.Field):
    """The links in one cell."""

    def export(self, instance: Band, **_kwargs: Any) -> str:
        return join_links([(link.label, link.url) for link in instance.links.all()])


class BandResource(PortalResource):
    """A band with its genres, members and links, without pictures."""

    can_rock = fields.Field("can_rock", "can_rock", widget=YesNoWidget())
    genres = NamesColumn("genres", "genres")
    members = MembersField("members", "members")
    links = LinksField("links", "links")
    is_published = published_field()
    publish_at = publish_at_field()

    class Meta(PortalResource.Meta):
        abstract = False
        model = Band
        fields = (
            "slug",
            "name",
            "can_rock",
            "formed",
            "ended",
            "town",
            "country",
            "genres",
            "contact_email",
            "biography",
            "members",
            "links",
            "is_published",
            "publish_at",
        )
        export_order = fields

    def filter_export(self, queryset: Any, **_kwargs: Any) -> Any:
        """Prefetch related rows in a few queries."""
        return queryset.prefetch_related("genres", "links", "members__instruments")
