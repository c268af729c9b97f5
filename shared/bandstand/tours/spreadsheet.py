"""The spreadsheet export of tours."""

from __future__ import annotations

from bandstand.spreadsheets.publication import publish_at_field, published_field
from bandstand.spreadsheets.resources import PortalResource
from bandstand.tours.models import Tour


class TourResource(PortalResource):
    """A tour with its text; which gigs are its own stands in the spreadsheet of gigs."""

    is_published = published_field()
    publish_at = publish_at_field()

    class Meta(PortalResource.Meta):
        abstract = False
        model = Tour
        fields = ("slug", "name", "text", "is_published", "publish_at")
        export_order = fields
