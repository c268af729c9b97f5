"""Events of a calendar, recognized among the portal's gigs and compared with them.

Three states of each field are compared: what the calendar says, what it said when it was last taken in, and what the
gig has now. What only the calendar changed is taken over. What was changed here stays as it is, and where the calendar
has changed it too, both are shown.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bandstand.accounts.models import User
from bandstand.calendars.models import CalendarSource
from bandstand.calendars.rows import UID, ToldRow, plain_notes
from bandstand.content.names import name_key
from bandstand.content.of_bands import bands_where, may_with_all
from bandstand.content.rendering import plain_text
from bandstand.gigs.importing import GigImporter
from bandstand.gigs.models import Gig
from bandstand.spreadsheets.importing import Action, ChangedCell, RowPlan, rows_update
from bandstand.spreadsheets.tables import Cell, Flaw
from bandstand.venues.models import Venue

BANDS = "bands"
COMPARED = (
    *("title", "venue", "address", "town", "starts_at", "ends_at", "precision", "status", "is_private"),
    *("ticket_url", "is_free", "on_sale_at", "notes", "team_notes"),
)
_TOLD = (
    *("venue", "address", "town", "ends_at", "status", "is_private"),
    *("ticket_url", "is_free", "on_sale_at", "notes", "team_notes"),
)
_STRANGERS_SHOWN = 20
_LONGEST_NAME, _SHORTEST_NAME = 8, 2  # words and characters of a band's name that is looked for in a text
_NO_WORD = re.compile(r"[^\w]|_")

_NO_VENUE = gettext_lazy("The event doesn't say where it is. Add a place there, or a venue in this calendar's options.")
_NO_BAND = gettext_lazy("It names none of your bands in its title or description.")
_NO_KNOWN_BAND = gettext_lazy("It names none of your bands. Choose whose gigs these are in this calendar's options.")
_NO_TOWN = gettext_lazy("Add the town to the event's place, as in “Blue Note, Munich”.")

Said = dict[str, Any]  # values of fields, as JSON


@dataclass(frozen=True)
class TakenGig:
    """A gig that came from the calendar, with what that said when it was last read."""

    key: int
    said: Said
    is_trashed: bool


class EventImporter(GigImporter):
    """The rows of one calendar. Whoever is responsible for it needs the right to all that it changes."""

    trashed = gettext_lazy("This gig is in the trash here. Restore it to have it follow the calendar again.")

    def __init__(
        self,
        *,
        source: CalendarSource,
        person: User,
        zone: str = "",
        theirs: Collection[str] = (),
        for_writing: bool = False,
    ) -> None:
        self.source = source
        self.person = person
        self.theirs = frozenset(theirs)  # UIDs of events whose values win over what was changed here
        self._calendar_zone = zone
        self._rows: dict[str, ToldRow] = {}
        self._strangers: dict[str, str] = {}
        super().__init__(answers={}, for_writing=for_writing)

    def prepare(self) -> None:
        """Load what recognizes gigs, and the gigs that came from this calendar."""
        super().prepare()
        self.taken: dict[str, TakenGig] = {}
        self._said: dict[int, Said] = {}
        linked = Gig.with_trash().exclude(source=None).values_list("pk", "source", "source_uid", "source_said")
        self._of_calendars: set[int] = set()
        for number, source, uid, said in linked.order_by("pk"):
            self._of_calendars.add(number)
            if source == self.source.pk:
                is_trashed = number in self._known and self._known[number].is_trashed
                self.taken[uid] = TakenGig(number, said or {}, is_trashed)
                self._said[number] = said or {}
        self._claimed: set[int] = set()
        self._towns: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for name, town, street in Venue.objects.values_list("name", "town", "street"):
            self._towns[name_key(name)].append((town, street))
        self._own_bands = None if may_with_all(self.person, "change", Gig) else bands_where(self.person, "change", Gig)
        self._own_band = self._band_names.get(self.source.band_id or 0)
        self._by_words: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for number, (name, slug) in self._band_names.items() if self._own_band is None else ():
            if len(words := _words(name)) >= _SHORTEST_NAME:
                self._by_words[words].append((number, slug))

    def read(self, plan: RowPlan[Gig], name: str, cell: Cell) -> None:
        """Take one cell in."""
        if name == UID:
            plan.related[UID] = str(cell)
        else:
            super().read(plan, name, cell)

    def rows(self, told: Sequence[ToldRow]) -> Iterator[tuple[int, dict[str, Cell], list[str]]]:
        """Give the rows to plan, from what is told of each event: with the bands, and places completed."""
        for number, each in enumerate(told, start=1):
            row = dict(each.cells)
            flaws = []
            self._rows[str(row[UID])] = each
            self._complete_place(row)
            row[BANDS] = "; ".join(self._bands_of(each))
            if self._own_band is not None and name_key(str(row["title"])) == name_key(self._own_band[0]):
                row["title"] = ""  # the headline says it anyway
            for name, sentence in (("venue", _NO_VENUE), ("town", _NO_TOWN)):
                if not row[name]:
                    row[name] = Flaw(str(sentence))
            if not row[BANDS]:
                flaws.append(str(_NO_BAND if each.bands is None else _NO_KNOWN_BAND))
            yield number, row, flaws

    def candidates(self, plan: RowPlan[Gig]) -> list[tuple[int, str]]:
        """Return the gig with the event's UID, else one that is on then and there and comes from no calendar."""
        taken = self.taken.get(plan.related[UID])
        if taken is not None:
            return [] if taken.is_trashed else [(taken.key, "")]
        for gig in self._meant_by(plan):
            if not gig.is_trashed and gig.key not in self._of_calendars | self._claimed:
                self._claimed.add(gig.key)
                return [(gig.key, gig.label)]
        return []

    def is_in_trash(self, plan: RowPlan[Gig]) -> bool:
        taken = self.taken.get(plan.related[UID])
        return taken is not None and taken.is_trashed

    def identity(self, plan: RowPlan[Gig]) -> Any:
        return plan.related[UID]

    def complete(self, plan: RowPlan[Gig], present: Gig | None) -> None:
        """Leave to the gig what was changed here, and keep what the calendar says for the next time."""
        if present is not None:
            self._fit_to(present, plan)
        super().complete(plan, present)
        values = plan.values
        plan.related["said"] = {name: as_json(values[name]) for name in COMPARED if name in values}
        plan.related["said"][BANDS] = plan.related.get(BANDS, [])
        plan.related["conflicts"] = []
        if present is None:
            is_certain = values.get("status") != Gig.Status.HOLD and not values.get("is_private")
            values["is_published"] = self.source.publishes and is_certain
            return
        if not self._may_change(present):
            plan.problems.append(_("This gig is also one of a band that isn't yours, so it isn't changed."))
        elif plan.related[UID] not in self.theirs:
            self._leave_own(plan, present)
        if plan.related.get(BANDS) == self._line_ups[present.pk]:
            plan.related.pop(BANDS, None)  # there is nothing to write

    def describe(self, row: Gig) -> str:
        return row.title or ", ".join(filter(None, [row.venue, row.town]))

    def write(self, plans: Sequence[RowPlan[Gig]]) -> None:
        """Store gigs, and which events they are."""
        for plan in plans:
            if plan.row is not None:
                plan.row.source = self.source
                plan.row.source_uid = plan.related[UID]
                plan.row.source_said = plan.related["said"]
        super().write([plan for plan in plans if plan.action in {Action.ADD, Action.CHANGE}])
        self._complete_venues(plans)
        # Only what the calendar said is new: nobody has changed these.
        rows_update(Gig, [plan.row for plan in plans if plan.action is Action.KEEP and plan.row is not None])

    def notices(self) -> list[str]:
        """Return what whoever chooses should know of all rows together."""
        if not self._strangers:
            return []
        names = ", ".join(list(self._strangers.values())[:_STRANGERS_SHOWN])
        return [_("Left out of line-ups, as your portal has no such bands: %(names)s.") % {"names": names}]

    def worth_telling(self, plan: RowPlan[Gig]) -> frozenset[str]:
        """Return the labels of what is told of a new gig beside its day and title: what isn't as usual."""
        usual = {"status": Gig.Status.SCHEDULED, "is_private": False}
        names = [name for name in _TOLD if name not in usual or plan.values.get(name) != usual[name]]
        return frozenset(self._label_of(name) for name in names) | (
            {self.labels[BANDS]} if not self._own_band else set()
        )

    def is_to_note(self, plan: RowPlan[Gig]) -> bool:
        """Whether there is something to remember of an event that changes nothing."""
        taken = self.taken.get(plan.related[UID])
        return plan.action is Action.KEEP and (taken is None or taken.said != plan.related["said"])

    def _leave_own(self, plan: RowPlan[Gig], present: Gig) -> None:
        said, before = plan.related["said"], self._said.get(present.pk, {})
        for name, there in list(said.items()):
            here = self._line_ups[present.pk] if name == BANDS else as_json(getattr(present, name))
            if here == there or (name in before and here == before[name]):
                continue
            if name not in before and here in ("", None, []):
                continue
            is_news = there != before[name] if name in before else there not in ("", None, [], False)
            if is_news and not (name not in before and name == "status" and there == Gig.Status.SCHEDULED):
                plan.related["conflicts"].append(self._conflict(plan, present, name))
            if name == BANDS:
                plan.related.pop(BANDS, None)
            else:
                plan.values.pop(name, None)

    def _conflict(self, plan: RowPlan[Gig], present: Gig, name: str) -> ChangedCell:
        """Return a field with what it has here and what the calendar says."""
        if name == BANDS:
            cells = self._names(self._line_ups[present.pk]), self._names(plan.related[BANDS])
            return ChangedCell(str(self.labels[BANDS]), *cells)
        there = Gig(**{"time_zone": present.time_zone, name: plan.values[name]})
        return ChangedCell(self._label_of(name), self.show(present, name), self.show(there, name))

    def _may_change(self, gig: Gig) -> bool:
        return self._own_bands is None or (
            bool(self._line_ups[gig.pk]) and self._own_bands.issuperset(self._line_ups[gig.pk])
        )

    def usual_zone(self, plan: RowPlan[Gig]) -> str:
        """Return the event's zone, or the calendar's, or the portal's."""
        return self._rows[plan.related[UID]].zone or self._calendar_zone or self._own_zone

    def _fit_to(self, present: Gig, plan: RowPlan[Gig]) -> None:
        """Take for the same what files can't tell apart: orders of bands, a day and a time of it, Markdown and text."""
        line_up = self._line_ups[present.pk]
        if set(plan.related.get(BANDS, ())) == set(line_up):
            plan.related[BANDS] = list(line_up)
        if not self._rows[plan.related[UID]].has_clock:
            plan.values.pop("precision", None)
        notes = plan.values.get("notes")
        if notes and notes == plain_notes(plain_text(present.notes)):
            plan.values["notes"] = present.notes

    def _complete_venues(self, plans: Sequence[RowPlan[Gig]]) -> None:
        """Add to venues what is blank there and told of them, if the person may change venues."""
        told = {plan.row.pk: self._rows[plan.related[UID]].venue for plan in plans if plan.row is not None}
        told = {gig: about for gig, about in told.items() if about}
        if not told or not may_with_all(self.person, "change", Venue):
            return
        places = Gig.objects.filter(pk__in=told).exclude(place=None).values_list("pk", "place")
        wanted = {(place, name, value) for gig, place in places for name, value in told[gig].items()}
        for place, name, value in sorted(wanted):
            Venue.objects.filter(pk=place, **{name: ""}).update(**{name: value})

    def _complete_place(self, row: dict[str, Cell]) -> None:
        """Fill in the town of a venue that is known by its name alone."""
        known = self._towns.get(name_key(str(row["venue"])), [])
        if row["venue"] and not row["town"] and len(known) == 1:
            town, street = known[0]
            row["town"] = town
            row["address"] = row["address"] or street

    def _bands_of(self, told: ToldRow) -> list[str]:
        """Return the addresses of the bands of a row: the calendar's own one, and those that it names."""
        own = [] if self._own_band is None else [self._own_band[1]]
        if own and (told.bands is None or self._own_bands is not None):
            return own  # with a role in one band, no other is brought in
        if told.bands is None:
            return self._bands_named(told.cells)
        return list(dict.fromkeys([*own, *self._known_among(told.bands)]))

    def _known_among(self, names: Sequence[str]) -> Iterator[str]:
        """Yield the addresses of the bands that are known. A name may hold a comma, at which files divide them."""
        start = 0
        while start < len(names):
            for end in range(min(len(names), start + _LONGEST_NAME), start, -1):
                name = ", ".join(names[start:end])
                matches = self._bands.get(name_key(name), [])
                if len(matches) == 1:
                    yield matches[0][1]
                    break
            else:
                self._strangers.setdefault(name_key(name), name)
            start = end

    def _bands_named(self, row: Mapping[str, Cell]) -> list[str]:
        """Return the bands that the title names, or else the description; longer names first."""
        for text in (row["title"], row.get("notes") or row.get("team_notes", "")):
            if found := self._bands_in(str(text)):
                return found
        return []

    def _bands_in(self, text: str) -> list[str]:
        words = _words(text).split()
        found: dict[int, str] = {}
        start = 0
        while start < len(words):
            for length in range(min(_LONGEST_NAME, len(words) - start), 0, -1):
                matches = self._by_words.get(" ".join(words[start : start + length]), [])
                if len(matches) == 1:
                    found[matches[0][0]] = matches[0][1]
                    start += length - 1
                    break
            start += 1
        return list(found.values())


def _words(text: str) -> str:
    """Return the text's words as names are compared, without marks."""
    return name_key(_NO_WORD.sub(" ", text))


def as_json(value: Any) -> Any:
    """Return a field's value as it is kept and compared."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value) if isinstance(value, str) else value
