"""The spreadsheet export of gigs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from import_export import fields

from bandstand.gigs.models import Gig
from bandstand.spreadsheets.cells import join_list
from bandstand.spreadsheets.publication import publish_at_field, published_field
from bandstand.spreadsheets.resources import PortalResource


class LocalTimeField(fields.Field):
    """A time of the gig, "2026-05-30 20:00+02:00": the offset lets repeated local times survive a re-import."""

    def export(self, instance: Gig, **_kwargs: Any) -> str:
        """Return the venue's local time with its UTC offset."""
        moment: datetime | None = self.get_value(instance)
        if not moment:
            return ""
        precision = "seconds" if moment.second or moment.microsecond else "minutes"
        return moment.astimezone(instance.zone).isoformat(" ", precision)


class LineUpColumn(fields.Field):
    """The line-up, whose order counts."""

    def export(self, instance: Gig, **_kwargs: Any) -> str:
        return join_list(band.slug for band in instance.line_up)


class GigResource(PortalResource):
    """A gig with its line-up."""

    starts_at = LocalTimeField("starts_at", "starts_at")
    doors_at = LocalTimeField("doors_at", "doors_at")
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
