"""The spreadsheet export of gigs."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from import_export import fields

from bandstand.gigs.models import Gig
from bandstand.spreadsheets.cells import join_list
from bandstand.spreadsheets.publication import publish_at_field, published_field
from bandstand.spreadsheets.resources import MomentColumn, PortalResource


class LocalTimeColumn(MomentColumn):
    """A time of the gig as clocks at its place show it."""

    def zone_of(self, instance: Gig) -> ZoneInfo:
        return instance.zone


class LineUpColumn(fields.Field):
    """The line-up, whose order counts."""

    def export(self, instance: Gig, **_kwargs: Any) -> str:
        return join_list(band.slug for band in instance.line_up)


class GigResource(PortalResource):
    """A gig with its line-up."""

    starts_at = LocalTimeColumn("starts_at", "starts_at")
    doors_at = LocalTimeColumn("doors_at", "doors_at")
    bands = LineUpColumn("bands", "bands")
    is_published = published_field()
    publish_at = publish_at_field()

    class Meta(PortalResource.Meta):
        abstract = False
        model = Gig
        fields = (
            "slug",
            "title",
            "bands",
            "venue",
            "address",
            "town",
            "time_zone",
            "starts_at",
            "doors_at",
            "status",
            "price",
            "ticket_url",
            "notes",
            "is_published",
            "publish_at",
        )
        export_order = fields
