"""The spreadsheet export of venues."""

from __future__ import annotations

from bandstand.spreadsheets.resources import PortalResource
from bandstand.venues.models import Venue

COLUMNS = (
    *("name", "street", "postcode", "town", "country", "latitude", "longitude"),
    *("time_zone", "capacity", "website", "access"),
)


class VenueResource(PortalResource):
    """A venue with all that is known of it."""

    class Meta(PortalResource.Meta):
        abstract = False
        model = Venue
        fields = COLUMNS
        export_order = fields
