"""The base of all exports; for imports see `bandstand.spreadsheets.importing`."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, tzinfo
from typing import Any

from django.utils import timezone
from import_export import fields, resources, widgets

from bandstand.content.translated import name_for_version
from bandstand.spreadsheets.cells import join_list
from bandstand.spreadsheets.versions import VersionColumn


class YesNoWidget(widgets.Widget):
    """1 or 0."""

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "1" if value else "0"


class MomentColumn(fields.Field):
    """A moment, "2026-05-30 20:00+02:00": the offset lets repeated local times survive a re-import."""

    def zone_of(self, instance: Any) -> tzinfo:
        """Return the zone whose time is shown: the portal's."""
        return timezone.get_current_timezone()

    def export(self, instance: Any, **_kwargs: Any) -> str:
        moment: datetime | None = self.get_value(instance)
        if not moment:
            return ""
        precision = "seconds" if moment.second or moment.microsecond else "minutes"
        return moment.astimezone(self.zone_of(instance)).isoformat(" ", precision)


class NamesColumn(fields.Field):
    """Names of related rows in one cell, "Doom; Jazz"."""

    def export(self, instance: Any, **_kwargs: Any) -> str:
        return join_list(str(row) for row in self.get_value(instance).all())


class PortalResource(resources.ModelResource):
    """Exports rows under headings that an import recognizes, without the fields in `hidden`.

    Private fields of the model are hidden unless somebody says who sees them. `bands` are the keys of those bands that
    may be named beside a row, None for all, and `languages` those besides the main one in which texts are told.
    """

    def __init__(
        self,
        hidden: Collection[str] | None = None,
        bands: Collection[int] | None = None,
        languages: Collection[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.bands = bands
        for name in getattr(self._meta.model, "private", ()) if hidden is None else hidden:
            self.fields.pop(name, None)
        told = [name for name in getattr(self._meta.model, "translated_fields", ()) if name in self.fields]
        self._versions = {name: [name_for_version(name, code) for code in languages] for name in told}
        for name in told:
            for code in languages:
                self.fields[name_for_version(name, code)] = VersionColumn(name, code)

    def get_export_order(self) -> Any:
        """Return the names of the columns: each text is followed by what it says in other languages."""
        own = (name for name in super().get_export_order() if name in self.fields and ":" not in name)
        return [each for name in own for each in (name, *self._versions.get(name, ()))]

    def after_import(self, dataset: Any, result: Any, **kwargs: Any) -> None:
        """Leave sequences alone: keys come from them, and a node of a Citus cluster can't find them by table."""

    class Meta:
        abstract = True
