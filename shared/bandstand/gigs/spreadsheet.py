"""The spreadsheet export of gigs."""

from __future__ import annotations

from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

from import_export import fields

from bandstand.gigs.models import Gig
from bandstand.gigs.set_times_cell import set_times_written
from bandstand.gigs.team_fields import TEAM_FIELDS
from bandstand.spreadsheets.cells import join_list
from bandstand.spreadsheets.publication import publish_at_field, published_field
from bandstand.spreadsheets.resources import MomentColumn, PortalResource, YesNoWidget
from bandstand.tours.models import Tour


class LocalTimeColumn(MomentColumn):
    """A time of the gig as clocks at its place show it."""

    def zone_of(self, instance: Gig) -> ZoneInfo:
        return instance.zone


class LineUpColumn(fields.Field):
    """The line-up, whose order counts."""

    def export(self, instance: Gig, **_kwargs: Any) -> str:
        return join_list(band.slug for band in instance.line_up)


class SetTimesColumn(fields.Field):
    """When bands of the line-up go on stage."""

    def export(self, instance: Gig, **_kwargs: Any) -> str:
        return set_times_written(instance.appearances.all())


class PageColumn(fields.Field):
    """The page address of another gig."""

    def export(self, instance: Gig, **_kwargs: Any) -> str:
        other: Gig | None = self.get_value(instance)
        return other.slug if other else ""


class ClockColumn(fields.Field):
    """A time of day."""

    def export(self, instance: Gig, **_kwargs: Any) -> str:
        value: time | None = self.get_value(instance)
        return f"{value:%H:%M}" if value else ""


class GigResource(PortalResource):
    """A gig with its line-up, and the address of its tour."""

    tour = fields.Field(column_name="tour")
    starts_at = LocalTimeColumn("starts_at", "starts_at")
    doors_at = LocalTimeColumn("doors_at", "doors_at")
    ends_at = LocalTimeColumn("ends_at", "ends_at")
    on_sale_at = LocalTimeColumn("on_sale_at", "on_sale_at")
    load_in_at = ClockColumn("load_in_at", "load_in_at")
    soundcheck_at = ClockColumn("soundcheck_at", "soundcheck_at")
    is_private = fields.Field("is_private", "is_private", widget=YesNoWidget())
    is_free = fields.Field("is_free", "is_free", widget=YesNoWidget())
    new_date = PageColumn("new_date", "new_date")
    bands = LineUpColumn("bands", "bands")
    set_times = SetTimesColumn("set_times", "set_times")
    is_published = published_field()
    publish_at = publish_at_field()

    def before_export(self, queryset: Any, **kwargs: Any) -> None:
        """Read the tours once."""
        super().before_export(queryset, **kwargs)
        self._tours = dict(Tour.objects.values_list("pk", "slug"))

    def dehydrate_tour(self, gig: Gig) -> str:
        """Return the tour's address."""
        return self._tours.get(gig.tour_id, "") if gig.tour_id else ""

    class Meta(PortalResource.Meta):
        abstract = False
        model = Gig
        fields = (
            "slug",
            "title",
            "bands",
            "set_times",
            "tour",
            "venue",
            "address",
            "town",
            "time_zone",
            "starts_at",
            "doors_at",
            "ends_at",
            "precision",
            "status",
            "option",
            "status_note",
            "new_date",
            "is_private",
            "price",
            "price_from",
            "price_to",
            "currency",
            "is_free",
            "ticket_url",
            "on_sale_at",
            "age_limit",
            "notes",
            "access_notes",
            *TEAM_FIELDS,
            "is_published",
            "publish_at",
        )
        export_order = fields

    def filter_export(self, queryset: Any, **_kwargs: Any) -> Any:
        """Fetch the new dates along."""
        return queryset.select_related("new_date")
