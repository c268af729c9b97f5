"""People as rows of a table that somebody hands in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Prefetch
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bandstand.bands.models import Instrument
from bandstand.bands.naming import named_rows, read_names
from bandstand.content.moments import Unreadable
from bandstand.content.names import name_key
from bandstand.content.values import join_names
from bandstand.people.models import Person
from bandstand.spreadsheets.columns import column
from bandstand.spreadsheets.importing import ChangedCell, Importer, RowPlan, store
from bandstand.spreadsheets.tables import Cell, text_of

_BANDS_NAMED = 3


class PersonImporter(Importer[Person]):
    """People. A row is somebody known by the identifier of an export; of the same name people are asked."""

    model = Person
    columns = (
        column("name", gettext_lazy("name"), "person, full name, member, musician, mitglied, musiker, voller name"),
        column("sort_name", gettext_lazy("sorted as"), "sort name, last name first, sortiert als, sortiername"),
        column("pronouns", gettext_lazy("pronouns"), "pronoun, pronomen"),
        column("instruments", gettext_lazy("instruments"), "instrument, plays, instrumente, spielt"),
        column("email", gettext_lazy("email"), "e mail, mail, email address, e mail adresse"),
        column("phone", gettext_lazy("phone"), "telephone, mobile, phone number, telefon, handy, mobil, telefonnummer"),
        column("notes", gettext_lazy("internal notes"), "note, remarks, notizen, notiz, bemerkungen"),
        column("uid", gettext_lazy("permanent identifier"), "id, identifier, kennung"),
    )
    fields: ClassVar[dict[str, str]] = {}
    kept_when_empty = frozenset({"uid", "name"})
    told_only = ("bands",)  # line-ups are edited with the bands
    unanswered = gettext_lazy("Someone here may be the same person: %(choices)s. Answer this in the preview.")
    trashed = gettext_lazy(
        "This person is in the trash. Restore them to import this row, or delete them for good to add them anew."
    )

    def prepare(self) -> None:
        """Load names and identifiers of all people, also of those who were merged into somebody else."""
        self._by_uid: dict[UUID, int] = {}
        self._by_key: dict[str, list[int]] = defaultdict(list)
        self._uids_in_trash: set[UUID] = set()
        self._names_in_trash: set[str] = set()
        rows = list(Person.with_trash().values_list("pk", "uid", "name", "trashed_at", "merged_into").order_by("pk"))
        living = {number for number, _uid, _name, trashed_at, _into in rows if trashed_at is None}
        merged = {number: into for number, _uid, _name, _trashed_at, into in rows if into is not None}
        for number, uid, name, _trashed_at, _into in rows:
            stays = number
            while stays in merged:
                stays = merged[stays]
            if stays in living:
                self._by_uid[uid] = stays
            else:
                self._uids_in_trash.add(uid)
            if number in living:
                self._by_key[name_key(name)].append(number)
            elif number not in merged:
                self._names_in_trash.add(name_key(name))
        self._instruments: dict[str, int] = {}

    def read(self, plan: RowPlan[Person], name: str, cell: Cell) -> None:
        """Take one cell in."""
        text = text_of(cell)
        if name == "uid":
            plan.values[name] = _uid(text)
        elif name == "instruments":
            plan.related[name] = read_names(text)
        else:
            plan.values[name] = text

    def candidates(self, plan: RowPlan[Person]) -> list[tuple[int, str]]:
        """Return the person with the row's identifier, else those with its name."""
        uid = plan.values.get("uid")
        if uid in self._by_uid:
            return [(self._by_uid[uid], plan.values.get("name", ""))]
        if uid in self._uids_in_trash:
            return []
        numbers = self._by_key.get(name_key(plan.values.get("name", "")), [])
        return [(number, self._told_apart.get(number, "")) for number in numbers]

    @cached_property
    def _told_apart(self) -> dict[int, str]:
        """Everybody with bands or instruments; asked for once, and only if somebody has a name of the table."""
        return {person.pk: _described(person) for person in Person.objects.for_listing()}

    def is_certain(self, plan: RowPlan[Person]) -> bool:
        """A name alone never says that two are one person."""
        return plan.values.get("uid") in self._by_uid

    def is_in_trash(self, plan: RowPlan[Person]) -> bool:
        if uid := plan.values.get("uid"):
            return uid in self._uids_in_trash
        return name_key(plan.values.get("name", "")) in self._names_in_trash

    def identity(self, plan: RowPlan[Person]) -> UUID | None:
        """Return the identifier; two new people may have one name."""
        return plan.values.get("uid")

    def fetch(self, keys: Sequence[int]) -> dict[int, Person]:
        """Return the people with instruments."""
        people = Person.objects.filter(pk__in=keys).order_by("pk")
        if self.for_writing:
            people = people.select_for_update(of=("self",))
        listed = Prefetch("instruments", to_attr="listed_instruments")
        return {person.pk: person for person in people.prefetch_related(listed)}

    def complete(self, plan: RowPlan[Person], present: Person | None) -> None:
        """Only a new person takes the identifier over, from another portal or an older copy."""
        if present is not None:
            plan.values.pop("uid", None)

    def compare_related(self, plan: RowPlan[Person], present: Person | None) -> list[ChangedCell]:
        """Return whether the instruments are others than before."""
        if "instruments" not in plan.related:
            return []
        listed = getattr(present, "listed_instruments", ())
        before, after = _joined([each.name for each in listed]), _joined(plan.related["instruments"])
        is_same = name_key(before) == name_key(after)
        return [] if is_same else [ChangedCell(self.labels["instruments"], before, after)]

    def write(self, plans: Sequence[RowPlan[Person]]) -> None:
        """Store the people and their instruments."""
        store(Person, plans)
        told = [
            (plan.row.pk, plan.related["instruments"]) for plan in plans if plan.row and "instruments" in plan.related
        ]
        missing = {name_key(name): name for _person, names in told for name in names}
        missing = {key: name for key, name in missing.items() if key not in self._instruments}
        rows = named_rows(Instrument, list(missing.values()))
        self._instruments.update(zip(missing, [row.pk for row in rows], strict=True))
        through: Any = Person.instruments.through
        through.objects.filter(person_id__in=[person for person, _names in told]).delete()
        pairs = {(person, self._instruments[name_key(name)]): None for person, names in told for name in names}
        through.objects.bulk_create(through(person_id=person, instrument_id=played) for person, played in pairs)


def _uid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Unreadable(_("This is no identifier of an export. Leave the cell empty for someone new.")) from None


def _joined(names: Sequence[str]) -> str:
    return join_names(sorted(names, key=name_key))


def _described(person: Person) -> str:
    """Return the name with bands or instruments. For people from `for_listing()`."""
    about = person.band_names[:_BANDS_NAMED] or [each.name for each in person.instruments.all()]
    return ", ".join([person.name, *about])
