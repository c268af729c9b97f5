"""Gigs as rows of a table that somebody hands in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bandstand.bands.models import Band
from bandstand.content.former_addresses import current_slugs
from bandstand.content.moments import Unreadable, current_region, place_in_zone
from bandstand.content.names import name_key
from bandstand.content.slugs import UnusedSlugs
from bandstand.content.values import split_names
from bandstand.gigs.appearances import Appearance
from bandstand.gigs.columns import COLUMNS, READERS
from bandstand.gigs.known import KnownGig
from bandstand.gigs.known_tours import KnownTours
from bandstand.gigs.line_up import line_ups_set
from bandstand.gigs.models import Gig
from bandstand.gigs.set_times_cell import set_times_read
from bandstand.gigs.showing_times import clock_time
from bandstand.gigs.showing_values import gig_value
from bandstand.gigs.timing import Precision
from bandstand.gigs.written_times import When, doors_day, end_day, read_when
from bandstand.organizations.current import current_organization
from bandstand.spreadsheets import publication
from bandstand.spreadsheets.cells import join_list, split_entries
from bandstand.spreadsheets.importing import Action, ChangedCell, Importer, RowPlan, store
from bandstand.spreadsheets.tables import Cell, text_of
from bandstand.venues.models import Venue


class GigImporter(Importer[Gig]):
    """Gigs with their line-up. A row is a known gig by address, else by band, day, venue and, where given, start."""

    model = Gig
    columns = COLUMNS
    fields: ClassVar[dict[str, str]] = {**publication.FIELDS, "tour": "tour_id"}
    kept_when_empty = frozenset(
        {
            "slug",
            "bands",
            "set_times",
            "time_zone",
            "starts_at",
            "date",
            "time",
            "precision",
            "status",
            "published",
            "publish_at",
        }
    )
    trashed = gettext_lazy(
        "This gig is in the trash. Restore it to import this row, or delete it for good to add it anew."
    )

    def prepare(self) -> None:
        """Load what recognizes bands, gigs and the time zones of venues."""
        self._bands: dict[str, list[tuple[int, str]]] = defaultdict(list)
        self._band_names: dict[int, tuple[str, str]] = {}
        self._bands_in_trash: set[str] = set()
        bands = Band.with_trash().values_list("pk", "slug", "name", "trashed_at")
        for number, slug, name, trashed_at in bands.order_by("pk"):
            if trashed_at is not None:
                self._bands_in_trash |= {slug, name_key(name)}
                continue
            self._band_names[number] = (name, slug)
            for word in {slug, name_key(name)}:
                self._bands[word].append((number, slug))
        numbers = {slug: number for number, (_name, slug) in self._band_names.items()}
        for former, slug in current_slugs(Band).items():
            if slug in numbers:
                self._bands[former].append((numbers[slug], slug))
            else:
                self._bands_in_trash.add(former)
        self._by_slug: dict[str, int] = {}
        self._known: dict[int, KnownGig] = {}
        self._by_day: dict[tuple[date, str], list[KnownGig]] = defaultdict(list)
        self._zones: dict[str, str] = {}
        columns = ("pk", "slug", "starts_at", "time_zone", "venue", "town", "title", "trashed_at")
        gigs = Gig.with_trash().values_list(*columns).order_by("pk")
        for number, slug, starts_at, zone, venue, town, title, trashed_at in gigs:
            start = starts_at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
            told = (title, venue, slug)
            known = KnownGig(number, start, name_key(venue), name_key(title), told, trashed_at is not None)
            self._by_slug[slug], self._known[number] = number, known
            self._by_day[start.date(), known.venue].append(known)
            self._zones[_place(venue, town)] = zone
        for name, town, zone in Venue.objects.values_list("name", "town", "time_zone"):
            self._zones[_place(name, town)] = zone
        appearances = Appearance._base_manager  # noqa: SLF001 - documented; of gigs and bands in the trash too
        for gig, band in appearances.values_list("gig_id", "band_id"):
            self._known[gig].bands.add(band)
        self._tours = KnownTours()
        self._line_ups: dict[int, list[int]] = defaultdict(list)
        self._set_times: dict[int, dict[int, time]] = defaultdict(dict)
        self._slugs = UnusedSlugs([*self._by_slug, *self.moved])
        self._region = current_region()
        self._own_zone = current_organization().time_zone

    def read(self, plan: RowPlan[Gig], name: str, cell: Cell) -> None:
        """Take one cell in."""
        text = text_of(cell)
        if name in {"starts_at", "date", "time", "doors_at", "ends_at", "on_sale_at"}:
            plan.related[name] = read_when(cell, epoch=self.epoch, region=self._region)
        elif name in {"load_in_at", "soundcheck_at"}:
            plan.values[name] = read_when(cell, epoch=self.epoch, region=self._region).clock
        elif name == "bands":
            plan.related[name] = self._line_up(text)
        elif name == "set_times":
            plan.related[name] = set_times_read(text, band=self._band, region=self._region)
        elif name in {publication.PUBLISHED, publication.PUBLISH_AT}:
            publication.read_publication(plan, name, cell, zone=ZoneInfo(self._own_zone))
        elif name == "tour":
            plan.values["tour_id"] = self._tours.read(text)
        elif name == "new_date":
            plan.related[name] = self.moved.get(text.lower(), text.lower())
        else:
            plan.values[name] = READERS.get(name, str)(text)

    def candidates(self, plan: RowPlan[Gig]) -> list[tuple[int, str]]:
        return [(gig.key, gig.label) for gig in self._meant_by(plan) if not gig.is_trashed]

    def is_in_trash(self, plan: RowPlan[Gig]) -> bool:
        return any(gig.is_trashed for gig in self._meant_by(plan))

    def _meant_by(self, plan: RowPlan[Gig]) -> list[KnownGig]:
        """Return the gig with the row's address, else those of its band (or title) on its day at its venue."""
        slug = plan.values.get("slug")
        if slug:
            return [self._known[self._by_slug[slug]]] if slug in self._by_slug else []
        day, clock = self._start(plan)
        if day is None:
            return []
        known = self._by_day.get((day, name_key(plan.values.get("venue", ""))), [])
        bands, title = plan.related.get("bands"), name_key(plan.values.get("title", ""))
        if bands:
            known = [gig for gig in known if gig.bands.intersection(bands)]
        elif title:
            known = [gig for gig in known if gig.title == title]
        if clock is not None:
            known = [gig for gig in known if gig.start.time().replace(second=0, microsecond=0) == clock]
        return known

    def identity(self, plan: RowPlan[Gig]) -> Any:
        """Return the address, or else who plays where and when."""
        who = tuple(plan.related.get("bands") or ()) or name_key(plan.values.get("title", ""))
        where = name_key(plan.values.get("venue", "")), name_key(plan.values.get("town", ""))
        return plan.values.get("slug") or (who, where, self._start(plan))

    def fetch(self, keys: Sequence[int]) -> dict[int, Gig]:
        """Return the gigs, and keep their line-ups with the set times."""
        gigs = Gig.objects.filter(pk__in=keys)
        if self.for_writing:
            gigs = gigs.select_for_update()
        found = {gig.pk: gig for gig in gigs}
        self._line_ups, self._set_times = defaultdict(list), defaultdict(dict)
        appearances = Appearance.objects.filter(gig_id__in=keys).order_by("position", "pk")
        for gig, band, on_stage_at in appearances.values_list("gig_id", "band_id", "on_stage_at"):
            self._line_ups[gig].append(band)
            if on_stage_at is not None:
                self._set_times[gig][band] = on_stage_at
        return found

    def complete(self, plan: RowPlan[Gig], present: Gig | None) -> None:
        """Put day, time and zone together; what a row doesn't say is taken from the gig, the venue or the portal."""
        publication.complete_publication(plan, present)
        if present is None:
            plan.values.setdefault("time_zone", self._zone_of(plan))
        name = plan.values.get("time_zone") or (present.time_zone if present else self._own_zone)
        zone = ZoneInfo(name)
        places = {
            "starts_at": self._place_start,
            "doors_at": self._place_doors,
            "ends_at": self._place_end,
            "on_sale_at": self._place_sale,
        }
        for name, place in places.items():
            try:
                place(plan, present, zone)
            except Unreadable as problem:
                self.refuse_cell(plan, name, str(problem))
        line_up = plan.related.get("bands") or (self._line_ups[present.pk] if present else [])
        if strange := [band for band in plan.related.get("set_times", ()) if band not in line_up]:
            self.refuse_cell(plan, "set_times", _("Not in the line-up: %(names)s.") % {"names": self._names(strange)})

    def check(self, row: Gig) -> None:
        """Compare what belongs together."""
        if row.doors_at and row.doors_at > row.starts_at:
            raise ValidationError(_("Doors have to open before the start."))
        row.validate_values()
        if row.is_visible or row.is_scheduled:
            row.validate_publishable()

    def describe(self, row: Gig) -> str:
        """Return what is on and where."""
        return row.title or ", ".join(filter(None, [row.venue, row.town]))

    def show(self, row: Gig, name: str) -> str:
        """Return times on the clock of the place."""
        if name == "tour_id":
            return self._tours.name(row.tour_id)
        return gig_value(row, name) if isinstance(getattr(row, name), datetime | time) else super().show(row, name)

    def compare_related(self, plan: RowPlan[Gig], present: Gig | None) -> list[ChangedCell]:
        """Return whether other bands play than before, or in another order, and whether another gig takes its place."""
        changes = []
        if "bands" in plan.related:
            before = self._line_ups[present.pk] if present else []
            if before != plan.related["bands"]:
                cells = self._names(before), self._names(plan.related["bands"])
                changes.append(ChangedCell(self.labels["bands"], *cells))
        if "set_times" in plan.related:
            times = self._set_times[present.pk] if present else {}
            if times != plan.related["set_times"]:
                cells = self._times_told(times), self._times_told(plan.related["set_times"])
                changes.append(ChangedCell(self.labels["set_times"], *cells))
        if "new_date" in plan.related:
            known = self._known.get(present.new_date_id or 0) if present else None
            cells = known.told[2] if known else "", plan.related["new_date"]
            if cells[0] != cells[1]:
                changes.append(ChangedCell(self.labels["new_date"], *cells))
        return changes

    def write(self, plans: Sequence[RowPlan[Gig]]) -> None:
        """Store gigs and their line-ups."""
        for plan in plans:
            gig = plan.row
            if plan.action is Action.ADD and gig is not None and not plan.values.get("slug"):
                gig.slug = self._slugs.take(gig.wanted_slug())
        store(Gig, plans)
        self._write_new_dates(plans)
        told = {
            plan.row.pk: plan.related
            for plan in plans
            if plan.row and not {"bands", "set_times"}.isdisjoint(plan.related)
        }
        line_ups_set(
            bands={gig: said.get("bands", self._line_ups[gig]) for gig, said in told.items()},
            times={gig: said.get("set_times", self._set_times[gig]) for gig, said in told.items()},
        )

    def _write_new_dates(self, plans: Sequence[RowPlan[Gig]]) -> None:
        """Let postponed gigs refer to those that take their place, also to rows of this table."""
        told = [(plan.row, plan.related["new_date"]) for plan in plans if plan.row and "new_date" in plan.related]
        slugs = {slug for _gig, slug in told if slug}
        found = dict(Gig.objects.filter(slug__in=slugs).values_list("slug", "pk")) if slugs else {}
        changed = [(gig, found.get(slug)) for gig, slug in told if gig.new_date_id != found.get(slug)]
        for gig, new_date in changed:
            gig.new_date_id = new_date if new_date != gig.pk else None
        Gig.objects.bulk_update([gig for gig, _new_date in changed], ["new_date"])

    def _start(self, plan: RowPlan[Gig]) -> tuple[date | None, time | None]:
        """Return day and time of the start as the row says them, in one column or in several."""
        parts = [plan.related[name] for name in ("date", "time", "starts_at") if name in plan.related]
        day = next((part.day for part in parts if part.day), None)
        clock = next((part.clock for part in parts[1:] + parts[:1] if part.clock is not None), None)
        moment = next((part.moment for part in parts if part.moment), None)
        if moment is not None:
            zone = plan.values.get("time_zone") or self._zone_of(plan)
            local = moment.astimezone(ZoneInfo(zone))
            return local.date(), local.time().replace(second=0, microsecond=0)
        return day, clock

    def _place_start(self, plan: RowPlan[Gig], present: Gig | None, zone: ZoneInfo) -> None:
        told = [plan.related[name] for name in ("starts_at", "date", "time") if name in plan.related]
        moment = next((part.moment for part in told if part.moment), None)
        if moment is not None:
            plan.values["starts_at"] = moment
            return
        day, clock = self._start(plan)
        if present is not None:
            if day is None and clock is None:
                return
            before = present.starts_at.astimezone(zone)
            local = datetime.combine(day or before.date(), clock if clock is not None else before.time())
            plan.values["starts_at"] = place_in_zone(local, zone, fold=before.fold)
            return
        if plan.unreadable & {"starts_at", "date", "time"}:
            plan.unreadable.add("starts_at")
            return
        if day is None:
            raise Unreadable(_("The date is missing."))
        if clock is None and plan.values.get("precision", Precision.TIME) != Precision.TIME:
            clock = time()
        if clock is None:
            raise Unreadable(_("The time is missing. Write it behind the date or in a column of its own."))
        plan.values["starts_at"] = place_in_zone(datetime.combine(day, clock), zone)

    def _place_doors(self, plan: RowPlan[Gig], present: Gig | None, zone: ZoneInfo) -> None:
        if (doors := self._clock_of(plan, "doors_at")) is None:
            return
        start = plan.values.get("starts_at") or (present.starts_at if present else None)
        if start is not None:
            local = start.astimezone(zone)
            day = doors.day or doors_day(local, _clock(doors))
            plan.values["doors_at"] = place_in_zone(datetime.combine(day, _clock(doors)), zone)

    def _place_end(self, plan: RowPlan[Gig], present: Gig | None, zone: ZoneInfo) -> None:
        precision = plan.values.get("precision", present.precision if present else Precision.TIME)
        last_minute = None if precision == Precision.TIME else time(23, 59)
        if "ends_at" not in plan.related and present and present.ends_at and "starts_at" in plan.values:
            plan.values["ends_at"] = present.ends_at + (plan.values["starts_at"] - present.starts_at)
        if (end := self._clock_of(plan, "ends_at", last_minute)) is None:
            return
        start = plan.values.get("starts_at") or (present.starts_at if present else None)
        if start is not None:
            local = start.astimezone(zone)
            day = end.day or end_day(local, _clock(end))
            plan.values["ends_at"] = place_in_zone(datetime.combine(day, _clock(end)), zone)

    def _place_sale(self, plan: RowPlan[Gig], present: Gig | None, zone: ZoneInfo) -> None:
        if (sale := self._clock_of(plan, "on_sale_at", time())) is None:
            return
        if sale.day is None:
            raise Unreadable(_("The date is missing."))
        plan.values["on_sale_at"] = place_in_zone(datetime.combine(sale.day, _clock(sale)), zone)

    def _clock_of(self, plan: RowPlan[Gig], name: str, usual: time | None = None) -> When | None:
        """Return what the column says if it has to be placed in a zone; what needs none, or is empty, is kept.

        Where it says a day alone, `usual` is its time. Raises Unreadable without that.
        """
        said: When | None = plan.related.get(name)
        if said is None:
            return None
        if said.moment is not None or (said.day is None and said.clock is None):
            plan.values[name] = said.moment
            return None
        if said.clock is None and usual is None:
            raise Unreadable(_("The time is missing. Write it behind the date or in a column of its own."))
        return said if said.clock is not None else When(said.day, usual)

    def _zone_of(self, plan: RowPlan[Gig]) -> str:
        """Return the zone in which the venue's other gigs are, else the portal's own."""
        place = _place(plan.values.get("venue", ""), plan.values.get("town", ""))
        return self._zones.get(place) or self.usual_zone(plan)

    def usual_zone(self, plan: RowPlan[Gig]) -> str:
        """Return the zone of a place that isn't known."""
        return self._own_zone

    def _line_up(self, text: str) -> list[int]:
        """Return the bands in running order. A name that holds a comma is tried whole before it is taken as several."""
        found: list[int] = []
        for entry in split_entries(text):
            names = [entry] if name_key(entry) in self._bands or entry in self._bands else split_names(entry)
            found += [self._band(name) for name in names]
        return list(dict.fromkeys(found))

    def _band(self, name: str) -> int:
        matches = self._bands.get(name_key(name), [])
        if not matches and name_key(name) in self._bands_in_trash:
            raise Unreadable(_("“%(name)s” is in the trash. Restore the band first.") % {"name": name[:120]})
        if not matches:
            raise Unreadable(
                _("No band is called “%(name)s”. Add it first, or correct the name.") % {"name": name[:120]}
            )
        if len(matches) > 1:
            slugs = join_list(slug for _number, slug in matches)
            raise Unreadable(
                _("Several bands are called “%(name)s”. Write the page address instead: %(slugs)s.")
                % {"name": name[:120], "slugs": slugs}
            )
        return matches[0][0]

    def _times_told(self, times: Mapping[int, time]) -> str:
        return ", ".join(f"{self._band_names[band][0]} {clock_time(clock)}" for band, clock in times.items())

    def _names(self, bands: Iterable[int]) -> str:
        return ", ".join(self._band_names[band][0] for band in bands)


def _clock(said: When) -> time:
    return said.clock or time()


def _place(venue: str, town: str) -> str:
    return f"{name_key(venue)}\n{name_key(town)}"
