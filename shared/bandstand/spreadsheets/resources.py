"""What the export of every kind of row has in common; for imports see `bandstand.spreadsheets.importing`."""

from __future__ import annotations

from typing import Any

from import_export import fields, resources, widgets

from bandstand.spreadsheets.cells import join_list


class YesNoWidget(widgets.Widget):
    """1 or 0."""

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        """Return 1 or 0."""
        return "1" if value else "0"


class NamesField(fields.Field):
    """Names of related rows in one cell, "Doom; Jazz"."""

    def export(self, instance: Any, **_kwargs: Any) -> str:
        """Return the names."""
        return join_list(str(row) for row in self.get_value(instance).all())


class PortalResource(resources.ModelResource):
    """Rows as a spreadsheet, under the headings that an import knows."""

    class Meta:
        abstract = True
