"""Bands as rows of a spreadsheet."""

from __future__ import annotations

from typing import Any

from import_export import fields, widgets

from bandstand.bands.models import Band, Genre
from bandstand.bands.naming import named_rows, read_names
from bandstand.content.values import join_names
from bandstand.spreadsheets.resources import PortalResource, YearWidget, YesNoWidget


class GenresWidget(widgets.ManyToManyWidget):
    """Names of genres, "Doom; Jazz"; unknown ones are made."""

    def __init__(self) -> None:
        super().__init__(Genre, separator=";", field="name")

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> list[Genre]:
        """Return the genres, in the order of the cell. Raises ValueError where a name is too long."""
        return named_rows(Genre, read_names(str(value or "")))

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        """Return the names in one cell."""
        return join_names((genre.name for genre in value.all()), "; ") if value is not None else ""


class BandResource(PortalResource):
    """A band's own fields and its genres. Members, links and pictures stay as they are."""

    can_rock = fields.Field("can_rock", "can_rock", widget=YesNoWidget())
    formed = fields.Field("formed", "formed", widget=YearWidget())
    ended = fields.Field("ended", "ended", widget=YearWidget())
    genres = fields.Field("genres", "genres", widget=GenresWidget())
    is_published = fields.Field("is_published", "published", widget=YesNoWidget())

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
            "is_published",
        )
        import_order = export_order = fields
