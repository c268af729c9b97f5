"""A table of dates in a form: each row a gig, its cells texts that are read by the grammar of all dates and times."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.forms.formsets import DELETION_FIELD_NAME
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bandstand.accounts.models import User
from bandstand.content.moments import Unreadable, current_region, place_in_zone, read_time
from bandstand.content.names import name_key
from bandstand.gigs.adding_many import PlannedGig
from bandstand.gigs.models import Gig
from bandstand.gigs.pasted_dates import MOST_DATES, WrittenDate, when_written
from bandstand.gigs.showing_times import table_day
from bandstand.gigs.written_times import doors_day, end_day, read_typed
from bandstand_web.gigs.backstage.known_venues import venues_known_to, venues_suggest

PREFIX = "dates"
CELLS = ("date", "start", "doors", "venue", "town")
NAME_LENGTH = 120


@dataclass(frozen=True)
class KnownVenue:
    """A venue that whoever fills in the form knows."""

    name: str
    town: str
    street: str
    time_zone: str


class KnownVenues:
    """The venues by name, read once for all rows."""

    def __init__(self, user: User) -> None:
        self._by_name: dict[str, list[KnownVenue]] = defaultdict(list)
        for venue in venues_known_to(user).values_list("name", "town", "street", "time_zone"):
            self._by_name[name_key(venue[0])].append(KnownVenue(*venue))

    def find(self, name: str, town: str) -> KnownVenue | None:
        """Return the only one of this name, in this town if one is given."""
        found = self._by_name.get(name_key(name), [])
        if town:
            found = [each for each in found if name_key(each.town) == name_key(town)]
        return found[0] if len(found) == 1 else None


class DateRow(forms.Form):
    """One gig: when and where. What is left blank is taken from what is said for all."""

    date = forms.CharField(label=gettext_lazy("Date"), max_length=60, required=False)
    start = forms.CharField(label=gettext_lazy("Start"), max_length=20, required=False)
    doors = forms.CharField(label=gettext_lazy("Doors"), max_length=20, required=False)
    venue = forms.CharField(label=gettext_lazy("Venue"), max_length=NAME_LENGTH, required=False)
    town = forms.CharField(label=gettext_lazy("Town"), max_length=NAME_LENGTH, required=False)
    anyway = forms.BooleanField(label=gettext_lazy("Add anyway"), required=False)

    double: Gig | None  # the gig that is there already

    def __init__(self, *args: Any, shared: Mapping[str, Any], venues: KnownVenues, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.shared, self.venues = shared, venues
        self.is_double, self.double = False, None
        for name in ("date", "start", "doors"):
            self.fields[name].widget.attrs["autocomplete"] = "off"
        venues_suggest(self)
        for name in ("start", "doors", "venue", "town"):
            if value := shared.get(name):
                self.fields[name].widget.attrs["placeholder"] = value if isinstance(value, str) else f"{value:%H:%M}"

    @property
    def cells(self) -> list[forms.BoundField]:
        """The fields that are texts of the row."""
        return [self[name] for name in CELLS]

    @property
    def planned(self) -> PlannedGig | None:
        """The gig that the row says; None if it is empty or wrong."""
        return self.cleaned_data.get("planned")

    def has_changed(self) -> bool:
        """Whether something is written in the row: ticks alone make no gig."""
        return any(name in self.changed_data for name in CELLS)

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        day, clock = self._start()
        doors = self._clock("doors") or self.shared.get("doors")
        place = self._place()
        if day and clock is not None and place and not self.errors:
            self._plan(datetime.combine(day, clock), doors, place)
        return given

    def _start(self) -> tuple[Any, time | None]:
        """Return the day, and the time of its cell, of the one beside it, or of all."""
        text, clock = self.cleaned_data.get("date", ""), self._clock("start")
        day = None
        if text:
            try:
                when = read_typed(text)
            except ValueError as problem:
                self.add_error("date", str(problem))
            else:
                day, clock = when.day, clock if clock is not None else when.clock
        if day is None and "date" not in self.errors:
            self.add_error("date", _("The date is missing."))
        if clock is None:
            clock = self.shared.get("start")
        if clock is None and "start" not in self.errors:
            self.add_error("start", _("Enter a time here, or one for all dates."))
        return day, clock

    def _clock(self, name: str) -> time | None:
        if not (text := self.cleaned_data.get(name, "")):
            return None
        try:
            when = read_typed(text)
            return when.clock if when.clock is not None else read_time(text, region=current_region())
        except ValueError as problem:
            self.add_error(name, str(problem))
            return None

    def _place(self) -> KnownVenue | None:
        name = self.cleaned_data.get("venue", "") or self.shared.get("venue", "")
        town = self.cleaned_data.get("town", "") or (
            self.shared.get("town", "") if not self.cleaned_data.get("venue") else ""
        )
        if not name:
            self.add_error("venue", _("Enter the venue here, or one for all dates."))
            return None
        if known := self.venues.find(name, town):
            return known
        if not town and not (town := self.shared.get("town", "")):
            self.add_error("town", _("Enter the town. It is optional only if the venue is listed."))
            return None
        return self.venues.find(name, town) or KnownVenue(name, town, "", self.shared["time_zone"])

    def _plan(self, start: datetime, doors: time | None, place: KnownVenue) -> None:
        zone, end = ZoneInfo(place.time_zone), self.shared.get("end")
        try:
            starts_at = place_in_zone(start, zone)
            doors_at = ends_at = None
            if doors is not None:
                doors_at = place_in_zone(datetime.combine(doors_day(start, doors), doors), zone)
            if end is not None:
                ends_at = place_in_zone(datetime.combine(end_day(start, end), end), zone)
        except Unreadable as problem:
            self.add_error("start", str(problem))
            return
        self.cleaned_data["planned"] = PlannedGig(
            starts_at, doors_at, ends_at, place.name, place.street, place.town, place.time_zone
        )


class DateRows(forms.BaseFormSet[DateRow]):
    """All dates. What exists already, or stands here twice, is told at its row, and added only if somebody says so."""

    model = Gig  # what a row is called where its problems are listed
    bands: Sequence[Any] = ()

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["DELETE"].label = _("Leave out")

    def clean(self) -> None:
        dates = [(row, planned) for row in self.rows if (planned := row.planned)]
        known = _known(planned.starts_at for _row, planned in dates)
        bands = frozenset(band.pk for band in self.bands)
        above = set()
        for row, planned in dates:
            key = (planned.starts_at, name_key(planned.venue), name_key(planned.town))
            row.double = known.get((*key, bands))
            row.is_double = row.double is not None or key in above
            above.add(key)
            if row.is_double and not row.cleaned_data.get("anyway"):
                is_there = row.double is not None
                text = _("This gig is there already: same bands, place and start.")
                row.add_error("date", text if is_there else _("The same date stands above already."))

    @property
    def rows(self) -> list[DateRow]:
        """The rows that say something and aren't left out."""
        return [row for row in self.forms if row.has_changed() and not row.cleaned_data.get(DELETION_FIELD_NAME)]

    @property
    def planned(self) -> list[PlannedGig]:
        """The gigs, in the order of their dates."""
        return sorted((row.planned for row in self.rows if row.planned), key=lambda each: each.starts_at)


def _known(moments: Iterable[datetime]) -> dict[Any, Gig]:
    """Return the gigs that start at these moments, by when, where and who."""
    gigs = Gig.objects.filter(starts_at__in=set(moments)).for_listing()
    return {
        (gig.starts_at, name_key(gig.venue), name_key(gig.town), frozenset(band.pk for band in gig.line_up)): gig
        for gig in gigs
    }


DateRowSet = forms.formset_factory(
    DateRow,
    formset=DateRows,
    extra=0,
    can_delete=True,
    max_num=MOST_DATES,
    absolute_max=MOST_DATES,
    validate_max=True,
)


def rows_data(written: Iterable[WrittenDate], before: Iterable[Mapping[str, str]] = ()) -> dict[str, str]:
    """Return what a form would send that has the rows `before` and then those that somebody wrote."""
    rows = [*before, *({name: getattr(each, name) for name in CELLS} | {"date": _shown(each.date)} for each in written)]
    data = {f"{PREFIX}-{number}-{name}": text for number, row in enumerate(rows) for name, text in row.items()}
    return data | {f"{PREFIX}-TOTAL_FORMS": str(len(rows)), f"{PREFIX}-INITIAL_FORMS": "0"}


def _shown(cell: str) -> str:
    """Return a cell with a day as the table shows it; as it was written if it can't be read."""
    when = when_written(cell)
    return table_day(when.day) if when and when.day and when.clock is None else cell
