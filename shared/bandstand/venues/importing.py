"""Venues as rows of a table that somebody hands in."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bandstand.content.countries import read_country
from bandstand.content.fields import CountField
from bandstand.content.moments import Unreadable
from bandstand.content.names import name_key
from bandstand.content.values import read_whole_number
from bandstand.organizations.current import current_organization
from bandstand.organizations.time_zones import read_time_zone
from bandstand.spreadsheets.columns import column
from bandstand.spreadsheets.importing import ChangedCell, Importer, RowPlan, store
from bandstand.spreadsheets.tables import Cell, text_of
from bandstand.venues.models import Venue


class VenueImporter(Importer[Venue]):
    """Venues. A row is a known venue by name and town."""

    model = Venue
    columns = (
        column("name", gettext_lazy("name"), "venue, location, hall, club, spielstätte, veranstaltungsort, lokal"),
        column("street", gettext_lazy("street address"), "street, address, straße, strasse, adresse, anschrift"),
        column("postcode", gettext_lazy("postcode"), "zip, zip code, postal code, plz, postleitzahl"),
        column("town", gettext_lazy("town"), "city, ort, stadt"),
        column("country", gettext_lazy("country"), "land, staat"),
        column("latitude", gettext_lazy("latitude"), "lat, breite, breitengrad"),
        column("longitude", gettext_lazy("longitude"), "lon, lng, long, länge, längengrad"),
        column("time_zone", gettext_lazy("time zone"), "timezone, tz, zeitzone"),
        column("capacity", gettext_lazy("capacity"), "size, seats, kapazität, plätze, fassungsvermögen"),
        column("website", gettext_lazy("website"), "web, url, homepage, link, webseite, internet"),
        column("access", gettext_lazy("access"), "notes, directions, anfahrt, zugang, hinweise"),
    )
    fields: ClassVar[dict[str, str]] = {}
    kept_when_empty = frozenset({"name", "town", "time_zone"})
    trashed = gettext_lazy(
        "This venue is in the trash. Restore it to import this row, or delete it for good to add it anew."
    )

    def prepare(self) -> None:
        """Load names and towns of all venues."""
        self._known: dict[tuple[str, str], tuple[int, str]] = {}
        self._in_trash: set[tuple[str, str]] = set()
        for number, name, town, trashed_at in Venue.with_trash().values_list("pk", "name", "town", "trashed_at"):
            if trashed_at is None:
                self._known[_place(name, town)] = number, f"{name}, {town}"
            else:
                self._in_trash.add(_place(name, town))

    def read(self, plan: RowPlan[Venue], name: str, cell: Cell) -> None:
        """Take one cell in."""
        text = text_of(cell)
        if name in {"latitude", "longitude"}:
            plan.values[name] = _degrees(text)
        elif name == "capacity":
            plan.values[name] = _capacity(text)
        elif name == "country":
            plan.values[name] = read_country(text)
        elif name == "time_zone":
            plan.values[name] = read_time_zone(text)
        else:
            plan.values[name] = text

    def candidates(self, plan: RowPlan[Venue]) -> list[tuple[int, str]]:
        """Return the venue of this name in this town."""
        found = self._known.get(self.identity(plan))
        return [found] if found else []

    def is_in_trash(self, plan: RowPlan[Venue]) -> bool:
        return self.identity(plan) in self._in_trash

    def identity(self, plan: RowPlan[Venue]) -> tuple[str, str]:
        """Return name and town, folded."""
        return _place(plan.values.get("name", ""), plan.values.get("town", ""))

    def fetch(self, keys: Sequence[int]) -> dict[int, Venue]:
        """Return the venues."""
        venues = Venue.objects.filter(pk__in=keys)
        return {venue.pk: venue for venue in (venues.select_for_update() if self.for_writing else venues)}

    def complete(self, plan: RowPlan[Venue], present: Venue | None) -> None:
        """A new venue without a time zone gets the portal's."""
        if present is None:
            plan.values.setdefault("time_zone", current_organization().time_zone)

    def compare_related(self, plan: RowPlan[Venue], present: Venue | None) -> list[ChangedCell]:
        """A venue is one row."""
        return []

    def write(self, plans: Sequence[RowPlan[Venue]]) -> None:
        """Store the venues."""
        store(Venue, plans)


def _place(name: str, town: str) -> tuple[str, str]:
    return name_key(name), name_key(town)


def _degrees(text: str) -> Decimal | None:
    try:
        return round(Decimal(text.replace(",", ".")), 6) if text else None
    except InvalidOperation:
        raise Unreadable(_("Write degrees as a number, such as 52.5163.")) from None


def _capacity(text: str) -> int | None:
    return read_whole_number(text, least=CountField.least, most=CountField.most) if text else None
