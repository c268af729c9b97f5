"""Gigs as rows of a spreadsheet."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from import_export import fields, widgets

from bandstand.bands.models import Band
from bandstand.content.moments import current_region, read_moment
from bandstand.gigs.line_up import line_up_set
from bandstand.gigs.models import Gig
from bandstand.organizations.time_zones import read_time_zone
from bandstand.spreadsheets.cells import join_list, split_list
from bandstand.spreadsheets.resources import PortalResource, YesNoWidget


class LocalTimeWidget(widgets.Widget):
    """A time on the clock of the gig's place, with its distance from UTC, which may be left out when read."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> datetime | None:
        """Return the instant. Raises ValueError with a sentence for people."""
        text = str(value or "").strip()
        if not text:
            return None
        zone = ZoneInfo(read_time_zone(str(row.get("time_zone", ""))))
        return read_moment(text, zone=zone, region=current_region())


class LocalTimeField(fields.Field):
    """A time of the gig, "2026-05-30 20:00+02:00"."""

    def export(self, instance: Gig, **_kwargs: Any) -> str:
        """Return the time as a clock at the place shows it."""
        moment: datetime | None = self.get_value(instance)
        if not moment:
            return ""
        precision = "seconds" if moment.second or moment.microsecond else "minutes"
        return moment.astimezone(instance.zone).isoformat(" ", precision)


class TimeZoneWidget(widgets.CharWidget):
    """The name of a zone, however it is capitalized."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        """Return the name. Raises ValueError with a sentence for people."""
        return read_time_zone(str(value or ""))


class LineUpWidget(widgets.ManyToManyWidget):
    """Addresses of bands in running order, "motorhead; die-arzte"."""

    def __init__(self) -> None:
        super().__init__(Band, separator=";", field="slug")

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> list[Band]:
        """Return the bands in the order of the cell. Raises ValueError where one is unknown."""
        slugs = list(dict.fromkeys(split_list(str(value or ""))))
        known = {band.slug: band for band in Band.objects.filter(slug__in=slugs)}
        if missing := [slug for slug in slugs if slug not in known]:
            raise ValueError(_("No band has the address %(missing)s.") % {"missing": ", ".join(missing)})
        return [known[slug] for slug in slugs]


class LineUpField(fields.Field):
    """The line-up, whose order counts."""

    def export(self, instance: Gig, **_kwargs: Any) -> str:
        """Return the bands' addresses in one cell."""
        return join_list(band.slug for band in instance.line_up) if instance.pk else ""

    def save(self, instance: Gig, row: Any, is_m2m: bool = False, **kwargs: Any) -> None:
        """Store the line-up; called after the gig itself was stored."""
        line_up_set(gig=instance, bands=self.clean(row, **kwargs))


class GigResource(PortalResource):
    """A gig with its line-up."""

    starts_at = LocalTimeField("starts_at", "starts_at", widget=LocalTimeWidget())
    doors_at = LocalTimeField("doors_at", "doors_at", widget=LocalTimeWidget())
    time_zone = fields.Field("time_zone", "time_zone", widget=TimeZoneWidget())
    bands = LineUpField("bands", "bands", widget=LineUpWidget())
    is_published = fields.Field("is_published", "published", widget=YesNoWidget())

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
        )
        import_order = export_order = fields

    def skip_row(self, instance: Gig, original: Gig, row: Any, import_validation_errors: Any = None) -> bool:
        """Return whether nothing changes, not even the order of the line-up."""
        if not super().skip_row(instance, original, row, import_validation_errors=import_validation_errors):
            return False
        return "bands" not in row or self.fields["bands"].clean(row) == original.line_up
