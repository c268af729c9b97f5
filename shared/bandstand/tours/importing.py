"""Tours as rows of a table that somebody hands in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy

from bandstand.content.names import name_key
from bandstand.content.slugs import UnusedSlugs
from bandstand.organizations.current import current_organization
from bandstand.spreadsheets import publication
from bandstand.spreadsheets.columns import column
from bandstand.spreadsheets.importing import Action, ChangedCell, Importer, RowPlan, store
from bandstand.spreadsheets.tables import Cell, text_of
from bandstand.tours.models import Tour


class TourImporter(Importer[Tour]):
    """Tours. A row is a known tour by its address, else by its name."""

    model = Tour
    columns = (
        column("slug", gettext_lazy("page address"), "page address, page url, url slug, adresse, seitenadresse"),
        column("name", gettext_lazy("name"), "tour, tour name, tour, series, tournee, reihe, konzertreihe"),
        column("text", gettext_lazy("text"), "description, about, beschreibung, über"),
        *publication.COLUMNS,
    )
    fields: ClassVar[dict[str, str]] = publication.FIELDS
    kept_when_empty = frozenset({"slug", "name", "published", "publish_at"})
    trashed = gettext_lazy(
        "This tour is in the trash. Restore it to import this row, or delete it for good to add it anew."
    )

    def prepare(self) -> None:
        """Load names and addresses of all tours."""
        self._by_slug: dict[str, int] = {}
        self._by_name: dict[str, list[tuple[int, str]]] = defaultdict(list)
        self._in_trash: set[str] = set()
        slugs: list[str] = []
        for number, slug, name, trashed_at in Tour.with_trash().values_list("pk", "slug", "name", "trashed_at"):
            slugs.append(slug)
            if trashed_at is not None:
                self._in_trash |= {slug, name_key(name)}
                continue
            self._by_slug[slug] = number
            self._by_name[name_key(name)].append((number, f"{name}, {Tour(slug=slug).get_absolute_url()}"))
        self._slugs = UnusedSlugs([*slugs, *self.moved])
        self._zone = ZoneInfo(current_organization().time_zone)

    def read(self, plan: RowPlan[Tour], name: str, cell: Cell) -> None:
        """Take one cell in."""
        if name in {publication.PUBLISHED, publication.PUBLISH_AT}:
            publication.read_publication(plan, name, cell, zone=self._zone)
        else:
            text = text_of(cell)
            plan.values[name] = text.lower() if name == "slug" else text

    def candidates(self, plan: RowPlan[Tour]) -> list[tuple[int, str]]:
        """Return the tour with the row's address, else those with its name."""
        if slug := plan.values.get("slug"):
            return [(self._by_slug[slug], slug)] if slug in self._by_slug else []
        return self._by_name.get(name_key(plan.values.get("name", "")), [])

    def is_in_trash(self, plan: RowPlan[Tour]) -> bool:
        return self.identity(plan) in self._in_trash

    def identity(self, plan: RowPlan[Tour]) -> Any:
        """Return the address, or else the name."""
        return plan.values.get("slug") or name_key(plan.values.get("name", "")) or None

    def fetch(self, keys: Sequence[int]) -> dict[int, Tour]:
        """Return the tours."""
        tours = Tour.objects.filter(pk__in=keys)
        return {tour.pk: tour for tour in (tours.select_for_update() if self.for_writing else tours)}

    def complete(self, plan: RowPlan[Tour], present: Tour | None) -> None:
        """See that published and scheduled fit together."""
        publication.complete_publication(plan, present)

    def compare_related(self, plan: RowPlan[Tour], present: Tour | None) -> list[ChangedCell]:
        """A tour is one row."""
        return []

    def write(self, plans: Sequence[RowPlan[Tour]]) -> None:
        """Store the tours."""
        for plan in plans:
            if plan.action is Action.ADD and plan.row is not None and not plan.values.get("slug"):
                plan.row.slug = self._slugs.take(plan.row.wanted_slug())
        store(Tour, plans)
