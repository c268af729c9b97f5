"""The spreadsheet export of people."""

from __future__ import annotations

from typing import Any

from import_export import fields

from bandstand.people.models import Person
from bandstand.spreadsheets.cells import join_list
from bandstand.spreadsheets.resources import NamesColumn, PortalResource


class BandsColumn(fields.Field):
    """The names of a person's bands in one cell."""

    def export(self, instance: Person, **_kwargs: Any) -> str:
        return join_list(instance.band_names)


class PersonResource(PortalResource):
    """A person with instruments and bands; email, phone and notes for those with the right to them."""

    instruments = NamesColumn("instruments", "instruments")
    bands = BandsColumn("bands", "bands")

    class Meta(PortalResource.Meta):
        abstract = False
        model = Person
        fields = ("name", "sort_name", "pronouns", "instruments", "bands", "email", "phone", "notes", "uid")
        export_order = fields

    def filter_export(self, queryset: Any, **_kwargs: Any) -> Any:
        """Prefetch related rows in a few queries."""
        return queryset.for_listing(self.bands)
